# The repository of Mathmill itself, and an example of how to use the module.

module "repository" {
  source = "../modules/github-repository"

  name        = "mathmill"
  description = "A distributed job system for mathematical operations: post a file, get every answer back exactly once."
  visibility  = var.visibility
  topics      = ["arithmetic", "distributed-systems", "job-queue", "kafka", "mathematics", "mongodb", "nodejs", "typescript"]

  # The last job of .github/workflows/ci.yml, which fails unless all others succeeded.
  required_checks              = [{ context = "ci" }]
  required_code_scanning_tools = var.visibility == "public" ? ["CodeQL"] : []
  required_approvals           = var.required_approvals

  # Actions that the workflows use besides GitHub's own.
  allowed_actions = [
    "docker/build-push-action@*",
    "docker/login-action@*",
    "docker/metadata-action@*",
    "docker/setup-buildx-action@*",
    "docker/setup-qemu-action@*",
    "google/osv-scanner-action/osv-scanner-action@*",
    "hashicorp/setup-terraform@*",
    "ossf/scorecard-action@*",
  ]

  environments = {
    release = {
      tags              = ["v*"]
      reviewer_user_ids = var.release_reviewer_ids
    }
  }

  labels = yamldecode(file("${path.module}/../.github/labels.yml"))
}
