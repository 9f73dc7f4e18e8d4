output "name" {
  description = "Name of the repository."
  value       = github_repository.this.name
}

output "full_name" {
  description = "Owner and name, as OWNER/NAME."
  value       = github_repository.this.full_name
}

output "html_url" {
  description = "Page of the repository."
  value       = github_repository.this.html_url
}

output "node_id" {
  description = "Id for GitHub's GraphQL interface."
  value       = github_repository.this.node_id
}

output "ruleset_ids" {
  description = "Ids of the rulesets: default_branch, and tags where there is one."
  value = merge(
    { default_branch = github_repository_ruleset.default_branch.ruleset_id },
    { for ruleset in github_repository_ruleset.tags : "tags" => ruleset.ruleset_id },
  )
}

output "environments" {
  description = "Names of the environments."
  value       = keys(github_repository_environment.this)
}
