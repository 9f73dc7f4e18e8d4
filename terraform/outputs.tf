output "html_url" {
  description = "Page of the repository."
  value       = module.repository.html_url
}

output "ruleset_ids" {
  description = "Ids of the rulesets."
  value       = module.repository.ruleset_ids
}
