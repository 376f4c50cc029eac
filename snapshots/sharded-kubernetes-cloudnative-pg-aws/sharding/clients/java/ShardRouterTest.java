import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** No test library is needed: {@code javac -d out *.java && java -cp out ShardRouterTest} in sharding/clients/java. */
public final class ShardRouterTest {
    private static final Path HERE = Path.of(System.getProperty("clients", ".."));
    private static int checks;

    public static void main(String[] args) throws Exception {
        var text = Files.readString(HERE.resolve("../shard-map.json"));
        var map = ShardRouter.load(HERE.resolve("../shard-map.json"));
        @SuppressWarnings("unchecked")
        var vectors = (Map<String, Object>) ShardRouter.Json.parse(Files.readString(HERE.resolve("vectors.json")));

        for (var vector : list(vectors, "buckets")) {
            equal(vector.get("bucket"), (long) map.bucketOf(vector.get("key")), vector);
        }
        for (var vector : list(vectors, "uuids")) {
            equal(vector.get("bucket"), (long) map.bucketOf(UUID.fromString((String) vector.get("uuid"))), vector);
        }
        for (var vector : list(vectors, "routes")) {
            equal(vector.get("shard"), map.route((String) vector.get("keyspace"), vector.get("key"), (String) vector.get("region")), vector);
        }
        for (var vector : list(vectors, "no_route")) {
            refused(ShardRouter.NoRoute.class, vector, () -> map.route((String) vector.get("keyspace"), vector.get("key"), (String) vector.get("region")));
        }
        var refused = new ArrayList<Object>((List<?>) vectors.get("refused"));
        refused.addAll(Arrays.asList(true, 1.5, "\ud800"));
        for (var key : refused) {
            refused(ShardRouter.NoRoute.class, key, () -> map.bucketOf(key));
        }
        equal(vectors.get("epoch"), map.epoch(), "epoch");
        equal(vectors.get("epoch_statement"), map.epochStatement(), "epoch statement");

        // a map of another version or hash, and one with a keyspace that nobody owns
        for (var change : List.of(
                List.of("\"version\": 1", "\"version\": 2"),
                List.of("\"function\": \"sha256\"", "\"function\": \"md5\""),
                List.of("\"keyspaces\": {", "\"keyspaces\": { \"hole\": { \"strategy\": \"hash\", \"tables\": [], \"shards\": [{ \"name\": \"hole-s00\" }] },"),
                List.of("\"keyspaces\": {", "\"keyspaces\": { \"twice\": { \"strategy\": \"hash\", \"tables\": [], \"shards\": ["
                        + "{ \"name\": \"twice-s00\", \"buckets\": [[0, " + buckets(text) + "]] }, { \"name\": \"twice-s01\", \"buckets\": [[0, 0]] }] },"))) {
            var broken = text.replace(change.get(0), change.get(1));
            equal(false, broken.equals(text), change);
            refused(IllegalArgumentException.class, change, () -> ShardRouter.parse(broken));
        }
        System.out.println(checks + " checks passed");
    }

    private static long buckets(String text) {
        var document = (Map<?, ?>) ShardRouter.Json.parse(text);
        return (Long) ((Map<?, ?>) document.get("hash")).get("buckets") - 1;
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> list(Map<String, Object> vectors, String name) {
        var list = (List<Map<String, Object>>) vectors.get(name);
        equal(false, list.isEmpty(), name);
        return list;
    }

    private static void equal(Object wanted, Object got, Object what) {
        checks++;
        if (!wanted.equals(got)) {
            throw new AssertionError(what + ": wanted " + wanted + ", got " + got);
        }
    }

    private static void refused(Class<? extends Exception> wanted, Object what, Runnable call) {
        checks++;
        try {
            call.run();
        } catch (RuntimeException e) {
            if (wanted.isInstance(e)) {
                return;
            }
            throw new AssertionError(what + " fails with " + e, e);
        }
        throw new AssertionError(what + " is accepted");
    }
}
