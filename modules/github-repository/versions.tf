terraform {
  # Mocked providers in the tests, validations that read other variables.
  required_version = ">= 1.9"

  required_providers {
    github = {
      source  = "integrations/github"
      version = "~> 6.13"
    }
  }
}
