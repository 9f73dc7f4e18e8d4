# A repository of which only the name is given: private, locked, nothing optional.
mock_provider "github" {}

variables {
  name = "example"
}

run "defaults" {
  command = plan

  assert {
    condition     = github_repository.this.visibility == "private"
    error_message = "A repository must be private unless it is said to be public."
  }

  assert {
    condition     = github_repository.this.allow_squash_merge && !github_repository.this.allow_merge_commit && !github_repository.this.allow_rebase_merge
    error_message = "Squash must be the only way to merge."
  }

  assert {
    condition     = github_repository.this.archive_on_destroy
    error_message = "Destroying must archive."
  }

  assert {
    condition     = length(github_repository.this.security_and_analysis) == 0
    error_message = "A private repository without advanced security has no security features to set."
  }

  assert {
    condition     = github_repository_vulnerability_alerts.this.enabled && github_repository_dependabot_security_updates.this.enabled
    error_message = "Alerts and security updates must be on."
  }

  assert {
    condition     = github_actions_repository_permissions.this.allowed_actions == "selected" && github_actions_repository_permissions.this.sha_pinning_required
    error_message = "Actions must be selected ones, pinned by commit."
  }

  assert {
    condition     = !one(github_actions_repository_permissions.this.allowed_actions_config).verified_allowed
    error_message = "A verified owner is no reason to run an action."
  }

  assert {
    condition     = github_workflow_repository_permissions.this.default_workflow_permissions == "read" && !github_workflow_repository_permissions.this.can_approve_pull_request_reviews
    error_message = "A workflow's token must read only, and approve nothing."
  }

  assert {
    condition     = one(github_branch_default.this).branch == "main"
    error_message = "The default branch must be main."
  }

  assert {
    condition     = length(github_issue_labels.this) == 0 && length(github_repository_environment.this) == 0
    error_message = "Labels and environments must be left alone unless they are given."
  }
}

run "default_branch_rules" {
  command = plan

  assert {
    condition     = github_repository_ruleset.default_branch.enforcement == "active" && github_repository_ruleset.default_branch.target == "branch"
    error_message = "The rules of the default branch must be in force."
  }

  assert {
    condition     = one(one(github_repository_ruleset.default_branch.conditions).ref_name).include == tolist(["~DEFAULT_BRANCH"])
    error_message = "The rules must be those of the default branch."
  }

  assert {
    condition = alltrue([
      one(github_repository_ruleset.default_branch.rules).deletion,
      one(github_repository_ruleset.default_branch.rules).non_fast_forward,
      one(github_repository_ruleset.default_branch.rules).required_linear_history,
      one(github_repository_ruleset.default_branch.rules).required_signatures,
    ])
    error_message = "The default branch must keep its history, and its commits must be signed."
  }

  assert {
    condition     = one(one(github_repository_ruleset.default_branch.rules).pull_request).required_approving_review_count == 1 && one(one(github_repository_ruleset.default_branch.rules).pull_request).require_last_push_approval
    error_message = "Somebody else must approve the last push."
  }

  assert {
    condition     = length(github_repository_ruleset.default_branch.bypass_actors) == 0
    error_message = "Nobody must get past the rules."
  }

  assert {
    condition     = length(one(github_repository_ruleset.default_branch.rules).required_status_checks) == 0 && length(one(github_repository_ruleset.default_branch.rules).required_code_scanning) == 0
    error_message = "No check must be required that was not named: nothing could be merged."
  }
}

run "tag_rules" {
  command = plan

  assert {
    condition     = one(one(one(github_repository_ruleset.tags).conditions).ref_name).include == tolist(["refs/tags/v*"])
    error_message = "Tags of versions must be protected."
  }

  assert {
    condition     = one(one(github_repository_ruleset.tags).rules).update && one(one(github_repository_ruleset.tags).rules).deletion
    error_message = "A tag must not be moved or deleted."
  }
}
