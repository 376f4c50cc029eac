# The zone is adopted: settings and rule sets belong to whoever owns it (cdn/ has the rules to hand over); here are only
# its records.

data "cloudflare_ip_ranges" "current" {}

resource "cloudflare_dns_record" "edge" {
  zone_id = var.cdn.zone_id
  name    = var.domain
  type    = "A"
  content = google_compute_global_address.edge.address
  # Where terraform/global finds this side: users ask the balancer, and the security policy lets nobody in but Cloudflare.
  proxied = false
  ttl     = 60
}

resource "cloudflare_dns_record" "certificate" {
  zone_id = var.cdn.zone_id
  name    = trimsuffix(google_certificate_manager_dns_authorization.edge["edge"].dns_resource_record[0].name, ".")
  type    = google_certificate_manager_dns_authorization.edge["edge"].dns_resource_record[0].type
  content = trimsuffix(google_certificate_manager_dns_authorization.edge["edge"].dns_resource_record[0].data, ".")
  proxied = false # the certificate authority has to see the record itself
  ttl     = 300
}

resource "cloudflare_dns_record" "caa" {
  zone_id = var.cdn.zone_id
  name    = var.domain
  type    = "CAA"
  ttl     = 3600

  data = {
    flags = 0
    tag   = "issue"
    value = "pki.goog" # the origin's certificate; Cloudflare adds its own authorities to the answer
  }
}
