# The example plans as it is, and asks for what the workflows need.
mock_provider "github" {}

variables {
  owner = "example"
}

run "plan" {
  command = plan

  assert {
    condition     = module.repository.name == "mathmill" && module.repository.environments == ["release"]
    error_message = "The repository must be mathmill, with the environment of its releases."
  }
}

run "owner_with_a_slash" {
  command = plan

  variables {
    owner = "owner/name"
  }

  expect_failures = [var.owner]
}
