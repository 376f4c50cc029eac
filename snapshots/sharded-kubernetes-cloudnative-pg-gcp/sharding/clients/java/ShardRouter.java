import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Routes a key to its shard by the shard map. Standard library only; Java 17 or later.
 *
 * <p>Run {@link #epochStatement()} first in every writing transaction; it survives transaction pooling. On SQLSTATE SH001 or SH002
 * load the map again and retry, on SH003 the shard is closed for a cutover: retry later.
 */
public final class ShardRouter {
    /** The key is not routable, or the map has no such keyspace or region. */
    public static final class NoRoute extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoRoute(String message) {
            super(message);
        }
    }

    private record Place(String keyspace, String region) {}

    private record Keyspace(String strategy, Map<String, Object> directory) {}

    private final long epoch;
    private final String setting;
    private final int buckets;
    private final Map<String, Keyspace> keyspaces = new HashMap<>();
    /** First bucket (or id) of each run, and the shard that owns it. */
    private final Map<Place, TreeMap<Long, String>> runs = new HashMap<>();

    /** Reads the map from a file. */
    public static ShardRouter load(Path path) throws IOException {
        return parse(Files.readString(path));
    }

    /** Reads the map from JSON, and refuses one that leaves a bucket or an id without an owner or with two. */
    @SuppressWarnings("unchecked")
    public static ShardRouter parse(String json) {
        return new ShardRouter((Map<String, Object>) Json.parse(json));
    }

    @SuppressWarnings("unchecked")
    private ShardRouter(Map<String, Object> document) {
        var hash = (Map<String, Object>) document.get("hash");
        if (!Long.valueOf(1).equals(document.get("version")) || !"sha256".equals(hash.get("function"))) {
            throw new IllegalArgumentException("a shard map of another version or hash");
        }
        long count = (Long) hash.get("buckets");
        if (count < 1 || count > 32768 || Long.bitCount(count) != 1) {
            throw new IllegalArgumentException(count + " buckets are not a power of two up to 32768");
        }
        buckets = (int) count;
        epoch = (Long) document.get("epoch");
        setting = (String) document.get("epoch_setting");
        ((Map<String, Object>) document.get("keyspaces")).forEach((name, value) -> add(name, (Map<String, Object>) value));
    }

    @SuppressWarnings("unchecked")
    private void add(String name, Map<String, Object> value) {
        var strategy = (String) value.get("strategy");
        keyspaces.put(name, new Keyspace(strategy, (Map<String, Object>) value.getOrDefault("directory", Map.of())));
        var shards = (List<Map<String, Object>>) value.get("shards");
        var regions = new ArrayList<Object>((List<Object>) value.getOrDefault("regions", List.of()));
        if (regions.isEmpty()) {
            regions.add(null);
        }
        for (var region : regions) {
            var place = new Place(name, (String) region);
            if (strategy.equals("functional")) {
                runs.put(place, new TreeMap<>(Map.of(0L, (String) shards.get(0).get("name"))));
            } else {
                runs.put(place, owners(place, strategy.equals("range"), shards));
            }
        }
    }

    @SuppressWarnings("unchecked")
    private TreeMap<Long, String> owners(Place place, boolean ranges, List<Map<String, Object>> shards) {
        var owners = new TreeMap<Long, String>();
        var ends = new TreeMap<Long, Long>();
        for (var shard : shards) {
            if (!java.util.Objects.equals(shard.get("region"), place.region())) {
                continue;
            }
            for (var run : (List<List<Long>>) shard.getOrDefault(ranges ? "ranges" : "buckets", List.of())) {
                if (owners.put(run.get(0), (String) shard.get("name")) != null) {
                    throw new IllegalArgumentException(place + ": " + run.get(0) + " has two owners");
                }
                ends.put(run.get(0), run.get(1));
            }
        }
        Long expected = 0L;
        for (var run : ends.entrySet()) {
            if (!run.getKey().equals(expected) || (run.getValue() != null && run.getValue() < run.getKey())) {
                throw new IllegalArgumentException(place + ": " + expected + " has no owner or two");
            }
            expected = run.getValue() == null ? null : Long.valueOf(run.getValue() + 1);
        }
        if (!java.util.Objects.equals(expected, ranges ? null : Long.valueOf(buckets))) {
            throw new IllegalArgumentException(place + ": " + expected + " has no owner or two");
        }
        return owners;
    }

    public long epoch() {
        return epoch;
    }

    /** Sends the epoch: {@code SET LOCAL <project>.epoch = '<epoch>'}. */
    public String epochStatement() {
        return "SET LOCAL " + setting + " = '" + epoch + "'";
    }

    /** Long and Integer in decimal, UUID lower-case with hyphens, String unchanged: a UUID in a String must already be canonical. */
    public static String canonical(Object key) {
        if (key instanceof Long || key instanceof Integer) {
            if (((Number) key).longValue() < 0) {
                throw new NoRoute("the negative key " + key + " has no canonical text");
            }
        } else if (!(key instanceof String) && !(key instanceof UUID)) {
            throw new NoRoute("a key is a String, a Long, an Integer or a UUID, not " + (key == null ? null : key.getClass()));
        }
        var text = key.toString();
        if (text.isEmpty()) {
            throw new NoRoute("the empty text is no key");
        }
        return text;
    }

    /** Bytes 6 and 7 of SHA-256 of the canonical text, big-endian, modulo the bucket count. */
    public int bucketOf(Object key) {
        try {
            // getBytes() would replace a lone surrogate by a question mark and route it somewhere
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(canonical(key)));
            var sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(bytes);
            return ByteBuffer.wrap(sha256.digest()).getShort(6) & (buckets - 1);
        } catch (CharacterCodingException e) {
            throw new NoRoute("a lone surrogate has no UTF-8");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The name of the shard in a keyspace without regions. */
    public String route(String keyspace, Object key) {
        return route(keyspace, key, null);
    }

    /** The name of the shard; a region keyspace wants the region of the row. */
    public String route(String keyspace, Object key, String region) {
        var owners = runs.get(new Place(keyspace, region));
        if (owners == null) {
            throw new NoRoute("no shard for keyspace " + keyspace + ", region " + region);
        }
        var found = keyspaces.get(keyspace);
        var text = canonical(key);
        if (found.directory().get(text) instanceof String listed) {
            return listed;
        }
        long place = switch (found.strategy()) {
            case "functional" -> 0;
            case "range" -> id(text);
            default -> bucketOf(key);
        };
        return owners.floorEntry(place).getValue();
    }

    /** 007 and 7 must not be two keys. */
    private static long id(String text) {
        try {
            long id = Long.parseLong(text);
            if (id >= 0 && Long.toString(id).equals(text)) {
                return id;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new NoRoute(text + " is not an integer, which a range keyspace is ordered by");
    }

    /** The JSON of a shard map: objects, arrays, strings, integers, true, false, null. */
    static final class Json {
        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        static Object parse(String text) {
            var json = new Json(text);
            var value = json.value();
            if (json.peek() != '\0') {
                throw json.unexpected();
            }
            return value;
        }

        private IllegalArgumentException unexpected() {
            return new IllegalArgumentException("no shard map: unexpected character at " + at);
        }

        private char peek() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            return at < text.length() ? text.charAt(at) : '\0';
        }

        private void take(char wanted) {
            if (peek() != wanted) {
                throw unexpected();
            }
            at++;
        }

        private Object value() {
            switch (peek()) {
                case '{':
                    return object();
                case '[':
                    return array();
                case '"':
                    return string();
                default:
                    int from = at;
                    while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
                        at++;
                    }
                    var word = text.substring(from, at);
                    return switch (word) {
                        case "null" -> null;
                        case "true" -> Boolean.TRUE;
                        case "false" -> Boolean.FALSE;
                        default -> Long.valueOf(word);
                    };
            }
        }

        private Map<String, Object> object() {
            var object = new LinkedHashMap<String, Object>();
            take('{');
            while (peek() != '}') {
                if (!object.isEmpty()) {
                    take(',');
                    peek();
                }
                var name = string();
                take(':');
                object.put(name, value());
            }
            take('}');
            return object;
        }

        private List<Object> array() {
            var array = new ArrayList<Object>();
            take('[');
            while (peek() != ']') {
                if (!array.isEmpty()) {
                    take(',');
                }
                array.add(value());
            }
            take(']');
            return array;
        }

        private String string() {
            take('"');
            var string = new StringBuilder();
            while (at < text.length() && text.charAt(at) != '"') {
                char c = text.charAt(at++);
                if (c != '\\') {
                    string.append(c);
                    continue;
                }
                char escape = text.charAt(at++);
                switch (escape) {
                    case 'b' -> string.append('\b');
                    case 'f' -> string.append('\f');
                    case 'n' -> string.append('\n');
                    case 'r' -> string.append('\r');
                    case 't' -> string.append('\t');
                    case 'u' -> {
                        string.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                        at += 4;
                    }
                    default -> string.append(escape);
                }
            }
            take('"');
            return string.toString();
        }
    }
}
