# The effects of each setting.
mock_provider "github" {}

variables {
  name = "example"
}

run "public_repository" {
  command = plan

  variables {
    visibility = "public"
  }

  assert {
    condition     = one(one(github_repository.this.security_and_analysis).secret_scanning).status == "enabled" && one(one(github_repository.this.security_and_analysis).secret_scanning_push_protection).status == "enabled"
    error_message = "Secrets must be looked for, and stopped at the push."
  }

  assert {
    condition     = length(one(github_repository.this.security_and_analysis).advanced_security) == 0
    error_message = "Advanced security of a public repository cannot be set."
  }
}

run "private_repository_with_advanced_security" {
  command = plan

  variables {
    advanced_security = true
  }

  assert {
    condition     = one(one(github_repository.this.security_and_analysis).advanced_security).status == "enabled"
    error_message = "Advanced security must be on."
  }
}

run "checks" {
  command = plan

  variables {
    required_checks              = [{ context = "ci" }, { context = "other", integration_id = 7 }]
    required_code_scanning_tools = ["CodeQL"]
    required_approvals           = 0
    bypass_actors                = [{ actor_type = "RepositoryRole", actor_id = 5 }]
  }

  assert {
    condition = one(one(github_repository_ruleset.default_branch.rules).required_status_checks).strict_required_status_checks_policy && {
      for check in one(one(github_repository_ruleset.default_branch.rules).required_status_checks).required_check : check.context => check.integration_id
    } == { ci = 15368, other = 7 }
    error_message = "Both checks must be required, each from its app, on the latest state of the branch."
  }

  assert {
    condition     = one(one(one(github_repository_ruleset.default_branch.rules).required_code_scanning).required_code_scanning_tool).tool == "CodeQL"
    error_message = "CodeQL must be required."
  }

  assert {
    condition     = !one(one(github_repository_ruleset.default_branch.rules).pull_request).require_last_push_approval
    error_message = "Without approvals the last push cannot need one."
  }

  assert {
    condition     = one(github_repository_ruleset.default_branch.bypass_actors).bypass_mode == "pull_request"
    error_message = "Rules must be passed by in pull requests only."
  }
}

run "actions" {
  command = plan

  variables {
    allowed_actions = ["docker/login-action@*"]
  }

  assert {
    condition     = one(github_actions_repository_permissions.this.allowed_actions_config).patterns_allowed == toset(["docker/login-action@*"])
    error_message = "The named actions must be allowed."
  }
}

run "environments" {
  command = plan

  variables {
    environments = {
      release = { tags = ["v*"], reviewer_user_ids = [1, 2] }
      preview = { branches = ["main", "next/*"], tags = ["v*"] }
    }
  }

  assert {
    condition     = toset(keys(github_repository_environment_deployment_policy.this)) == toset(["release:tag:v*", "preview:branch:main", "preview:branch:next/*", "preview:tag:v*"])
    error_message = "Each branch and each tag of each environment must have its policy."
  }

  assert {
    condition     = github_repository_environment_deployment_policy.this["release:tag:v*"].tag_pattern == "v*" && github_repository_environment_deployment_policy.this["release:tag:v*"].branch_pattern == null
    error_message = "A policy must be of a tag or of a branch."
  }

  assert {
    condition     = one(github_repository_environment.this["release"].reviewers).users == toset([1, 2]) && length(github_repository_environment.this["preview"].reviewers) == 0
    error_message = "Reviewers must be those that were named."
  }

  assert {
    condition     = github_repository_environment.this["release"].prevent_self_review && !github_repository_environment.this["release"].can_admins_bypass
    error_message = "Nobody must approve his own job, nor go round the approval."
  }
}

run "labels" {
  command = plan

  variables {
    labels = { bug = { color = "d73a4a", description = "Something is wrong" } }
  }

  assert {
    condition     = one(one(github_issue_labels.this).label).name == "bug" && one(one(github_issue_labels.this).label).color == "d73a4a"
    error_message = "The label must be made."
  }
}

run "no_default_branch_yet" {
  command = plan

  variables {
    default_branch = null
    protected_tags = []
  }

  assert {
    condition     = length(github_branch_default.this) == 0 && length(github_repository_ruleset.tags) == 0
    error_message = "What is not wanted must not be made."
  }
}

run "outputs" {
  command = apply

  variables {
    environments = { release = { tags = ["v*"] } }
  }

  assert {
    condition     = output.name == "example" && output.environments == ["release"] && toset(keys(output.ruleset_ids)) == toset(["default_branch", "tags"])
    error_message = "Outputs must tell what was made."
  }
}
