# Reads CLOUDFLARE_API_TOKEN from the environment: the token is in no file and no state.
provider "cloudflare" {}
