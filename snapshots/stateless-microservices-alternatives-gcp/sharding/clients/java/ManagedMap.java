import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The shard map as the shard manager has it. Until it answers, and while it does not, the map of the file holds: no request waits for
 * it. Route by {@link #current}; after SQLSTATE SH001 or SH002 call {@code refresh(true)} and retry. Java 17 or later, no dependency.
 */
public final class ManagedMap {
    private final URI uri;
    private final Duration timeout;
    private final HttpClient client;
    private volatile ShardRouter current;
    private String etag = "";

    /** Asks the manager at the address, and falls back to a map that was read from the file. */
    public ManagedMap(String url, ShardRouter fallback, Duration timeout) {
        this.uri = URI.create(url).resolve("/v1/map");
        this.current = fallback;
        this.timeout = timeout;
        this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(timeout).build();
    }

    /** The newest map that was seen. */
    public ShardRouter current() {
        return current;
    }

    /** Asks the manager; the answer is the newer of its map and ours. {@code refused}: past every cache. */
    public synchronized ShardRouter refresh(boolean refused) {
        var request = HttpRequest.newBuilder(uri).timeout(timeout);
        if (!etag.isEmpty()) {
            request.header("If-None-Match", etag);
        }
        if (refused) {
            request.header("Cache-Control", "no-cache");
        }
        try {
            var response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 200) {
                var fresh = ShardRouter.parse(response.body());
                // an epoch only grows: another replica may be a second behind
                if (fresh.epoch() >= current.epoch()) {
                    current = fresh;
                    etag = response.headers().firstValue("ETag").orElse("");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            // no answer, or no map: ours holds
        }
        return current;
    }

    /** Refreshes until the executor is shut down: reads follow a move without being refused. */
    public ScheduledExecutorService keepFresh(Duration every) {
        var executor = Executors.newSingleThreadScheduledExecutor(run -> {
            var thread = new Thread(run, "shard-map");
            thread.setDaemon(true);
            return thread;
        });
        executor.scheduleWithFixedDelay(() -> refresh(false), every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
        return executor;
    }
}
