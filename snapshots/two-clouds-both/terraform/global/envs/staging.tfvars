# What stands before all sides of staging. Every number is computed; edits are kept. Reasons: loadpath explain <quantity>

environment = "staging"

cdn = {
  host    = "staging.twin.example.com"
  zone_id = "1123456789abcdef0123456789abcdef" # fill in
  # Dashboard, Overview: the account that has the zone
  account_id = "1fedcba9876543210fedcba987654321" # fill in
  # the settings of a zone have one owner; true where this environment has a zone of its own
  manages_zone = false
  # load tests come from one address: 28/s
  client_rate_10s = 280
  # how long a client over its rate is refused
  block_s = 60
  # static names carry a hash of their content
  static_ttl_s = 31536000
  # media may be replaced under its name
  media_ttl_s = 86400
  # a missing file is asked for again soon
  negative_ttl_s = 10
  # a year where it is settled, a day where names still move
  hsts_s = 86400
}

waf = {
  # deny: the rules have been seen in the smallest environment
  preview = false
}

origins = {
  aws = "staging.aws.twin.example.com"
  gcp = "staging.gcp.twin.example.com"
}

balancing = {
  # looks at a side: down after all tries of one, within sides.failover_s everywhere
  interval_s = 60
  # an entry that needs longer serves nobody
  timeout_s = 5
  # tries at once, so that one lost packet moves nobody
  retries = 2
  # a user's rows are on one side: a session stays there
  affinity_s = 86400
  weights = {
    # users of north-america, south-america, oceania
    aws = 0.55
    # users of europe, africa, asia
    gcp = 0.45
  }
  email = "oncall@twin.example.com" # fill in
}
