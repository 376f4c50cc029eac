// Package shardrouter routes a key to its shard by the shard map. Standard library only.
package shardrouter

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrNoRoute is wrapped by every error of a key that is not routable and of a keyspace or region that the map does not have.
var ErrNoRoute = errors.New("no route")

// ShardMap says which shard owns a key. Run EpochStatement first in every writing transaction; it survives transaction
// pooling. On SQLSTATE SH001 or SH002 load the map again and retry, on SH003 the shard is closed for a cutover: retry later.
type ShardMap struct {
	Epoch     int64
	buckets   int
	setting   string
	keyspaces map[string]keyspace
	runs      map[place][]run
}

type place struct{ keyspace, region string }

type run struct {
	lo    int64
	hi    *int64 // nil: open
	shard string
}

type keyspace struct {
	Strategy  string            `json:"strategy"`
	Regions   []string          `json:"regions"`
	Directory map[string]string `json:"directory"`
	Shards    []struct {
		Name    string      `json:"name"`
		Region  string      `json:"region"`
		Buckets [][2]*int64 `json:"buckets"`
		Ranges  [][2]*int64 `json:"ranges"`
	} `json:"shards"`
}

// Load reads the map from a file.
func Load(path string) (*ShardMap, error) {
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(document)
}

// Parse reads the map from JSON, and refuses one that leaves a bucket or an id without an owner or with two.
func Parse(document []byte) (*ShardMap, error) {
	var m struct {
		Version int    `json:"version"`
		Epoch   int64  `json:"epoch"`
		Setting string `json:"epoch_setting"`
		Hash    struct {
			Function string `json:"function"`
			Buckets  int    `json:"buckets"`
		} `json:"hash"`
		Keyspaces map[string]keyspace `json:"keyspaces"`
	}
	if err := json.Unmarshal(document, &m); err != nil {
		return nil, err
	}
	if m.Version != 1 || m.Hash.Function != "sha256" {
		return nil, errors.New("a shard map of another version or hash")
	}
	if b := m.Hash.Buckets; b < 1 || b > 32768 || b&(b-1) != 0 {
		return nil, fmt.Errorf("%d buckets are not a power of two up to 32768", b)
	}
	s := &ShardMap{Epoch: m.Epoch, buckets: m.Hash.Buckets, setting: m.Setting, keyspaces: m.Keyspaces, runs: map[place][]run{}}
	for name, k := range m.Keyspaces {
		regions := k.Regions
		if len(regions) == 0 {
			regions = []string{""}
		}
		for _, region := range regions {
			runs, err := s.owners(k, region)
			if err != nil {
				return nil, fmt.Errorf("%s/%s: %w", name, region, err)
			}
			s.runs[place{name, region}] = runs
		}
	}
	return s, nil
}

func (s *ShardMap) owners(k keyspace, region string) ([]run, error) {
	if len(k.Shards) == 0 {
		return nil, errors.New("no shard")
	}
	if k.Strategy == "functional" {
		return []run{{shard: k.Shards[0].Name}}, nil
	}
	var runs []run
	for _, shard := range k.Shards {
		if shard.Region != region {
			continue
		}
		own := shard.Buckets
		if k.Strategy == "range" {
			own = shard.Ranges
		}
		for _, r := range own {
			if r[0] == nil {
				return nil, errors.New("a run without a beginning")
			}
			runs = append(runs, run{lo: *r[0], hi: r[1], shard: shard.Name})
		}
	}
	sort.Slice(runs, func(i, j int) bool { return runs[i].lo < runs[j].lo })
	next, open := int64(0), false
	for _, r := range runs {
		if open || r.lo != next || r.hi != nil && *r.hi < r.lo {
			return nil, fmt.Errorf("%d has no owner or two", r.lo)
		}
		if open = r.hi == nil; !open {
			next = *r.hi + 1
		}
	}
	if whole := k.Strategy == "range" && open || k.Strategy != "range" && !open && next == int64(s.buckets); !whole {
		return nil, fmt.Errorf("%d has no owner or two", next)
	}
	return runs, nil
}

// EpochStatement sends the epoch: SET LOCAL <project>.epoch = '<epoch>'.
func (s *ShardMap) EpochStatement() string {
	return fmt.Sprintf("SET LOCAL %s = '%d'", s.setting, s.Epoch)
}

// Int is the canonical text of an integer key.
func Int(key int64) (string, error) {
	if key < 0 {
		return "", fmt.Errorf("%w: the negative key %d has no canonical text", ErrNoRoute, key)
	}
	return strconv.FormatInt(key, 10), nil
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// UUID is the canonical text of a UUID in any case.
func UUID(key string) (string, error) {
	if !uuidText.MatchString(key) {
		return "", fmt.Errorf("%w: %q is no UUID", ErrNoRoute, key)
	}
	return strings.ToLower(key), nil
}

// BucketOf is the bucket of a canonical key: bytes 6 and 7 of its SHA-256, big-endian, modulo the bucket count.
func (s *ShardMap) BucketOf(key string) (int, error) {
	if key == "" {
		return 0, fmt.Errorf("%w: the empty text is no key", ErrNoRoute)
	}
	if !utf8.ValidString(key) {
		return 0, fmt.Errorf("%w: a key is UTF-8", ErrNoRoute)
	}
	digest := sha256.Sum256([]byte(key))
	return int(binary.BigEndian.Uint16(digest[6:8])) & (s.buckets - 1), nil
}

// Route is the name of the shard of a canonical key (text as it is, others through Int or UUID). The region is that of the
// row in a region keyspace, and empty elsewhere.
func (s *ShardMap) Route(keyspace, key, region string) (string, error) {
	runs, found := s.runs[place{keyspace, region}]
	if !found {
		return "", fmt.Errorf("%w: no shard for keyspace %q, region %q", ErrNoRoute, keyspace, region)
	}
	bucket, err := s.BucketOf(key)
	if err != nil {
		return "", err
	}
	k := s.keyspaces[keyspace]
	if shard, listed := k.Directory[key]; listed {
		return shard, nil
	}
	at := int64(bucket)
	switch k.Strategy {
	case "functional":
		at = 0
	case "range":
		// 007 and 7 must not be two keys
		if at, err = strconv.ParseInt(key, 10, 64); err != nil || at < 0 || strconv.FormatInt(at, 10) != key {
			return "", fmt.Errorf("%w: %q is not an integer, which %s is ordered by", ErrNoRoute, key, keyspace)
		}
	}
	return runs[sort.Search(len(runs), func(i int) bool { return runs[i].lo > at })-1].shard, nil
}
