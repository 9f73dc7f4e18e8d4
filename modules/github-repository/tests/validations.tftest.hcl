# Each validation refuses what it is there for.
mock_provider "github" {}

variables {
  name = "example"
}

run "empty_name" {
  command = plan

  variables {
    name = ""
  }

  expect_failures = [var.name]
}

run "name_with_owner" {
  command = plan

  variables {
    name = "owner/example"
  }

  expect_failures = [var.name]
}

run "name_of_dots" {
  command = plan

  variables {
    name = ".."
  }

  expect_failures = [var.name]
}

run "long_description" {
  command = plan

  variables {
    description = join("", [for i in range(351) : "x"])
  }

  expect_failures = [var.description]
}

run "description_of_two_lines" {
  command = plan

  variables {
    description = "one\ntwo"
  }

  expect_failures = [var.description]
}

run "homepage_without_encryption" {
  command = plan

  variables {
    homepage_url = "http://example.org"
  }

  expect_failures = [var.homepage_url]
}

run "unknown_visibility" {
  command = plan

  variables {
    visibility = "secret"
  }

  expect_failures = [var.visibility]
}

run "topic_with_capitals" {
  command = plan

  variables {
    topics = ["Math"]
  }

  expect_failures = [var.topics]
}

run "too_many_topics" {
  command = plan

  variables {
    topics = [for i in range(21) : "topic-${i}"]
  }

  expect_failures = [var.topics]
}

run "full_reference_as_default_branch" {
  command = plan

  variables {
    default_branch = "/main"
  }

  expect_failures = [var.default_branch]
}

run "check_without_name" {
  command = plan

  variables {
    required_checks = [{ context = " " }]
  }

  expect_failures = [var.required_checks]
}

run "check_named_twice" {
  command = plan

  variables {
    required_checks = [{ context = "ci" }, { context = "ci", integration_id = 1 }]
  }

  expect_failures = [var.required_checks]
}

run "code_scanning_tool_without_name" {
  command = plan

  variables {
    required_code_scanning_tools = [""]
  }

  expect_failures = [var.required_code_scanning_tools]
}

run "too_many_approvals" {
  command = plan

  variables {
    required_approvals = 7
  }

  expect_failures = [var.required_approvals]
}

run "part_of_an_approval" {
  command = plan

  variables {
    required_approvals = 0.5
  }

  expect_failures = [var.required_approvals]
}

run "unknown_bypass_actor" {
  command = plan

  variables {
    bypass_actors = [{ actor_type = "Anybody", actor_id = 1 }]
  }

  expect_failures = [var.bypass_actors]
}

run "bypass_actor_without_id" {
  command = plan

  variables {
    bypass_actors = [{ actor_type = "Team" }]
  }

  expect_failures = [var.bypass_actors]
}

run "full_reference_as_tag" {
  command = plan

  variables {
    protected_tags = ["refs/tags/v*"]
  }

  expect_failures = [var.protected_tags]
}

run "actions_of_a_whole_owner" {
  command = plan

  variables {
    allowed_actions = ["docker/*"]
  }

  expect_failures = [var.allowed_actions]
}

run "advanced_security_of_a_public_repository" {
  command = plan

  variables {
    visibility        = "public"
    advanced_security = true
  }

  expect_failures = [var.advanced_security]
}

run "environment_from_anywhere" {
  command = plan

  variables {
    environments = { release = {} }
  }

  expect_failures = [var.environments]
}

run "environment_with_too_many_reviewers" {
  command = plan

  variables {
    environments = { release = { tags = ["v*"], reviewer_user_ids = [1, 2, 3, 4], reviewer_team_ids = [5, 6, 7] } }
  }

  expect_failures = [var.environments]
}

run "environment_that_waits_too_long" {
  command = plan

  variables {
    environments = { release = { tags = ["v*"], wait_minutes = 43201 } }
  }

  expect_failures = [var.environments]
}

run "environment_with_a_colon" {
  command = plan

  variables {
    environments = { "a:b" = { tags = ["v*"] } }
  }

  expect_failures = [var.environments]
}

run "label_with_a_word_for_a_color" {
  command = plan

  variables {
    labels = { bug = { color = "red" } }
  }

  expect_failures = [var.labels]
}

run "label_with_a_long_description" {
  command = plan

  variables {
    labels = { bug = { color = "d73a4a", description = join("", [for i in range(101) : "x"]) } }
  }

  expect_failures = [var.labels]
}
