package shardrouter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
)

type step struct {
	Refused   bool   `json:"refused"`
	AskedWith *int64 `json:"asked_with"`
	Status    int    `json:"status"`
	Map       *int64 `json:"map"`
	Then      int64  `json:"then"`
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestManager(t *testing.T) {
	fallback, err := Load("../../shard-map.json")
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	read(t, "../../shard-map.json", &document)
	var vectors struct{ Steps []step }
	read(t, "../manager.json", &vectors)
	var now step
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := ""
		if now.AskedWith != nil {
			known = fmt.Sprintf(`"%d"`, fallback.Epoch+*now.AskedWith)
		}
		past := r.Header.Get("Cache-Control") == "no-cache"
		if r.URL.Path != "/v1/map" || r.Header.Get("If-None-Match") != known || past != now.Refused {
			t.Errorf("%+v: asked %s with %v", now, r.URL, r.Header)
		}
		if now.Map == nil {
			w.WriteHeader(now.Status)
			if now.Status == http.StatusOK {
				fmt.Fprint(w, "no map")
			}
			return
		}
		document["epoch"] = fallback.Epoch + *now.Map
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, document["epoch"]))
		if err := json.NewEncoder(w).Encode(document); err != nil {
			t.Error(err)
		}
	}))
	managed := Managed(server.URL+"/", fallback)
	for _, now = range vectors.Steps {
		if got := managed.Refresh(context.Background(), now.Refused).Epoch; got != fallback.Epoch+now.Then {
			t.Errorf("%+v: got %d", now, got)
		}
	}
	server.Close()
	// nobody there: what we have holds
	if got := managed.Refresh(context.Background(), true); got != managed.Current() || got.Epoch != fallback.Epoch+now.Then {
		t.Errorf("got %d", got.Epoch)
	}
}
