// go test ./... in sharding/clients/go
package shardrouter

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

type vectors struct {
	Epoch          int64  `json:"epoch"`
	EpochStatement string `json:"epoch_statement"`
	Buckets        []struct {
		Key    any `json:"key"`
		Bucket int `json:"bucket"`
	} `json:"buckets"`
	UUIDs []struct {
		UUID   string `json:"uuid"`
		Bucket int    `json:"bucket"`
	} `json:"uuids"`
	Routes []struct {
		Keyspace, Region, Shard string
		Key                     any
	} `json:"routes"`
	NoRoute []struct {
		Keyspace, Region string
		Key              any
	} `json:"no_route"`
}

func load(t *testing.T) (*ShardMap, vectors) {
	t.Helper()
	m, err := Load("../../shard-map.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber() // exact beyond 2^53
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return m, v
}

func canonical(t *testing.T, key any) string {
	t.Helper()
	number, ok := key.(json.Number)
	if !ok {
		return key.(string)
	}
	n, err := number.Int64()
	if err != nil {
		t.Fatal(err)
	}
	text, err := Int(n)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBuckets(t *testing.T) {
	m, v := load(t)
	for _, vector := range v.Buckets {
		if got, err := m.BucketOf(canonical(t, vector.Key)); err != nil || got != vector.Bucket {
			t.Errorf("%v: got %d, %v, want %d", vector.Key, got, err, vector.Bucket)
		}
	}
}

func TestUUIDsAreMadeCanonical(t *testing.T) {
	m, v := load(t)
	for _, vector := range v.UUIDs {
		text, err := UUID(vector.UUID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := m.BucketOf(text); err != nil || got != vector.Bucket {
			t.Errorf("%s: got %d, %v, want %d", vector.UUID, got, err, vector.Bucket)
		}
	}
}

func TestRoutes(t *testing.T) {
	m, v := load(t)
	for _, vector := range v.Routes {
		got, err := m.Route(vector.Keyspace, canonical(t, vector.Key), vector.Region)
		if err != nil || got != vector.Shard {
			t.Errorf("%+v: got %s, %v", vector, got, err)
		}
	}
}

func TestNoRoute(t *testing.T) {
	m, v := load(t)
	for _, vector := range v.NoRoute {
		if got, err := m.Route(vector.Keyspace, canonical(t, vector.Key), vector.Region); !errors.Is(err, ErrNoRoute) {
			t.Errorf("%+v: got %s, %v", vector, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	m, _ := load(t)
	for _, key := range []string{"", "\xff"} {
		if _, err := m.BucketOf(key); !errors.Is(err, ErrNoRoute) {
			t.Errorf("%q: %v", key, err)
		}
	}
	if _, err := Int(-1); !errors.Is(err, ErrNoRoute) {
		t.Error(err)
	}
	if _, err := UUID("f47ac10b58cc4372a5670e02b2c3d479"); !errors.Is(err, ErrNoRoute) {
		t.Error(err)
	}
}

func TestEpoch(t *testing.T) {
	m, v := load(t)
	if m.Epoch != v.Epoch || m.EpochStatement() != v.EpochStatement {
		t.Errorf("%d, %s", m.Epoch, m.EpochStatement())
	}
}

func TestMapsThatAreRefused(t *testing.T) {
	text, err := os.ReadFile("../../shard-map.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(map[string]any){
		func(m map[string]any) { m["version"] = 2 },
		func(m map[string]any) { m["hash"] = map[string]any{"function": "md5", "buckets": 4096} },
		func(m map[string]any) { m["hash"] = map[string]any{"function": "sha256", "buckets": 1000} },
		func(m map[string]any) { // a hole: the first shard of every keyspace owns nothing
			for _, k := range m["keyspaces"].(map[string]any) {
				shard := k.(map[string]any)["shards"].([]any)[0].(map[string]any)
				delete(shard, "buckets")
				delete(shard, "ranges")
			}
			m["keyspaces"].(map[string]any)["hole"] = map[string]any{"strategy": "hash", "tables": []any{}, "shards": []any{map[string]any{"name": "hole-s00"}}}
		},
	} {
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		broken, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(broken); err == nil {
			t.Errorf("accepted %s", broken)
		}
	}
}
