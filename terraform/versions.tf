terraform {
  required_version = ">= 1.9"

  required_providers {
    github = {
      source  = "integrations/github"
      version = "~> 6.13"
    }
  }
}

# GITHUB_TOKEN, or the variables of a GitHub App, give the right to it.
provider "github" {
  owner = var.owner
}
