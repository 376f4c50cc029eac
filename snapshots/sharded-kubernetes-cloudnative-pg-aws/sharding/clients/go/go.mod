module shardrouter

go 1.21
