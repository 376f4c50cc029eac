package shardrouter

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// ManagedMap is the shard map as the shard manager has it. Until it answers, and while it does not, the map of the file holds: no
// request waits for it. Route by Current; after SQLSTATE SH001 or SH002 call Refresh with refused and retry.
type ManagedMap struct {
	url     string
	client  *http.Client
	asking  sync.Mutex // one question at a time
	reading sync.RWMutex
	current *ShardMap
	etag    string
}

// Managed asks the manager at the address, and falls back to a map that was read from the file.
func Managed(url string, fallback *ShardMap) *ManagedMap {
	return &ManagedMap{url: strings.TrimRight(url, "/") + "/v1/map", client: &http.Client{Timeout: 2 * time.Second}, current: fallback}
}

// Current is the newest map that was seen.
func (m *ManagedMap) Current() *ShardMap {
	m.reading.RLock()
	defer m.reading.RUnlock()
	return m.current
}

// Refresh asks the manager; the answer is the newer of its map and ours. refused: past every cache.
func (m *ManagedMap) Refresh(ctx context.Context, refused bool) *ShardMap {
	m.asking.Lock()
	defer m.asking.Unlock()
	// 304, no answer, or no map: ours holds
	if fresh, etag, err := m.ask(ctx, refused); err == nil && fresh != nil && fresh.Epoch >= m.Current().Epoch {
		// an epoch only grows: another replica may be a second behind
		m.reading.Lock()
		m.current, m.etag = fresh, etag
		m.reading.Unlock()
	}
	return m.Current()
}

func (m *ManagedMap) ask(ctx context.Context, refused bool) (*ShardMap, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url, nil)
	if err != nil {
		return nil, "", err
	}
	if m.etag != "" {
		request.Header.Set("If-None-Match", m.etag)
	}
	if refused {
		request.Header.Set("Cache-Control", "no-cache")
	}
	response, err := m.client.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return nil, "", err
	}
	fresh, err := Parse(body)
	return fresh, response.Header.Get("ETag"), err
}

// KeepFresh refreshes until the context ends: reads follow a move without being refused.
func (m *ManagedMap) KeepFresh(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			m.Refresh(ctx, false)
		}
	}
}
