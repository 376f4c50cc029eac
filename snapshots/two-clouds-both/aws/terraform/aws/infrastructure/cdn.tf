# The zone is adopted: settings and rule sets belong to whoever owns it, and cdn/rules.json has the rules to hand over.

resource "cloudflare_dns_record" "entry" {
  zone_id = var.cdn.zone_id
  name    = var.cdn.host
  type    = "CNAME"
  content = aws_lb.main.dns_name
  # Where terraform/global finds this side: users ask the balancer, and the firewall lets nobody in but Cloudflare.
  ttl     = 60
  proxied = false
}
