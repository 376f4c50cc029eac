import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** No test library is needed: {@code javac -d out *.java && java -cp out ManagedMapTest} in sharding/clients/java. */
public final class ManagedMapTest {
    private static final Path HERE = Path.of(System.getProperty("clients", ".."));

    private record Asked(String path, String known, boolean past) {}

    public static void main(String[] args) throws Exception {
        var text = Files.readString(HERE.resolve("../shard-map.json"));
        var map = ShardRouter.parse(text);
        var step = new AtomicReference<Map<String, Object>>();
        var asked = new AtomicReference<Asked>();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var headers = exchange.getRequestHeaders();
            asked.set(new Asked(exchange.getRequestURI().getPath(), headers.getFirst("If-None-Match"), "no-cache".equals(headers.getFirst("Cache-Control"))));
            var ahead = (Long) step.get().get("map");
            var body = "no map";
            if (ahead != null) {
                long epoch = map.epoch() + ahead;
                body = text.replaceFirst("\"epoch\": " + map.epoch() + ",", "\"epoch\": " + epoch + ",");
                exchange.getResponseHeaders().set("ETag", '"' + Long.toString(epoch) + '"');
            }
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            var status = ((Long) step.get().get("status")).intValue();
            exchange.sendResponseHeaders(status, status == 304 ? -1 : bytes.length);
            if (status != 304) {
                exchange.getResponseBody().write(bytes);
            }
            exchange.close();
        });
        server.start();
        var managed = new ManagedMap("http://127.0.0.1:" + server.getAddress().getPort(), map, Duration.ofSeconds(5));
        var steps = steps();
        for (var one : steps) {
            step.set(one);
            boolean refused = (Boolean) one.get("refused");
            equal(map.epoch() + (Long) one.get("then"), managed.refresh(refused).epoch(), one);
            var known = one.get("asked_with") instanceof Long ahead ? '"' + Long.toString(map.epoch() + ahead) + '"' : null;
            equal(new Asked("/v1/map", known, refused), asked.get(), one);
        }
        server.stop(0);
        // nobody there: what we have holds
        equal(map.epoch() + (Long) steps.get(steps.size() - 1).get("then"), managed.refresh(true).epoch(), "nobody");
        System.out.println(steps.size() + " steps passed");
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> steps() throws Exception {
        var document = (Map<String, Object>) ShardRouter.Json.parse(Files.readString(HERE.resolve("manager.json")));
        return (List<Map<String, Object>>) document.get("steps");
    }

    private static void equal(Object wanted, Object got, Object what) {
        if (!wanted.equals(got)) {
            throw new AssertionError(what + ": wanted " + wanted + ", got " + got);
        }
    }
}
