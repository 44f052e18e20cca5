package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.gateway.Gateway;
import com.busdk.gateway.GatewayOptions;
import com.busdk.gateway.GatewayOptions.Service;
import com.busdk.gateway.auth.AuthProvider;
import com.busdk.gateway.auth.AuthProviderOptions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The gateway's document against the services as they answer. */
@Timeout(60)
class OpenApiTest {
    /** Each service has these for its operator; the gateway has its own. */
    private static final Set<String> OPERATE = Set.of("/healthz", "/readyz", "/metrics");

    private static final Pattern ROUTES = Pattern.compile(" here: (.*) is what there is");

    /** In Markdown. */
    private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)]*)\\)");

    private final Platform platform = new Platform();
    private Gateway gateway;

    @BeforeEach
    void start() {
        gateway = platform.gateway(Map.of(Service.EVENTS, URI.create(platform.url())));
    }

    @AfterEach
    void close() {
        platform.close();
    }

    private JsonNode document() {
        Platform.Reply reply = platform.get(gateway.url() + "/openapi.yaml", null);
        assertEquals(200, reply.status());
        assertEquals(List.of("application/yaml"), reply.headers().get("content-type"));
        Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(reply.text());
        return new ObjectMapper().valueToTree(read);
    }

    @Test
    void shouldDescribeEveryRouteOfTheProvidersAndNoOther() {
        Set<String> served = new TreeSet<>();
        OPERATE.forEach(path -> served.add(path + " get"));
        served.add("/openapi.yaml get");
        List<String> providers = List.of(
                platform.vm("backend", "static").url(), platform.containers().url());
        providers.forEach(url -> served.addAll(routes(url)));

        Set<String> described = new TreeSet<>();
        document()
                .path("paths")
                .properties()
                .forEach(path -> path.getValue()
                        .fieldNames()
                        .forEachRemaining(
                                method -> described.add(path.getKey().replaceAll("\\{[^/]*}$", "") + " " + method)));

        assertEquals(String.join("\n", served), String.join("\n", described));
    }

    /** What a service says that it has: paths where it knows none, methods where it is asked for them. */
    private Set<String> routes(String url) {
        String message = platform.get(url + "/nowhere", null).message();
        Matcher paths = ROUTES.matcher(message);
        assertTrue(paths.find(), message);
        Set<String> found = new TreeSet<>();
        for (String path : paths.group(1).split(", ", -1)) {
            if (!OPERATE.contains(path)) {
                String one = path.endsWith("/") ? path + "x" : path;
                Platform.Reply options = platform.send("OPTIONS", url + one, null, null);
                assertEquals(204, options.status(), path);
                for (String method : options.headers().get("allow").getFirst().split(", ", -1)) {
                    found.add(path + " " + method.toLowerCase(Locale.ROOT));
                }
            }
        }
        return found;
    }

    @Test
    void shouldLinkToTheDocumentsOfTheServicesBehindIt() {
        Map<String, String> settings = Map.of("BUS_AUTH_HS256_SECRET", Platform.SECRET);
        AuthProvider auth = Platform.await(AuthProvider.start(
                platform.vertx,
                AuthProviderOptions.read(Map.of("addr", "127.0.0.1:0", "store-path", "memory"), settings)));
        Map<String, String> flags = new HashMap<>(Map.of("addr", "127.0.0.1:0", "internal", "true"));
        flags.putAll(Map.of("events-url", platform.url(), "vm-url", "none", "containers-url", "none"));
        flags.putAll(
                Map.of("auth-url", auth.url(), "usage-url", platform.usage().url()));
        flags.put("billing-url", platform.billing().url());
        Gateway internal = platform.gateway(GatewayOptions.read(flags, Map.of()));

        List<String> links = LINK.matcher(document().at("/info/description").asText())
                .results()
                .map(link -> link.group(1))
                .toList();

        assertEquals(3, links.size());
        for (String link : links) {
            Platform.Reply reply = platform.get(internal.url() + link, null);
            assertEquals(200, reply.status(), link);
            assertTrue(reply.text().startsWith("openapi: "), link);
        }
        Platform.await(auth.close());
    }

    @Test
    void shouldPointNowhereThatIsNotThere() {
        JsonNode document = document();
        List<String> references = new ArrayList<>(document.findValuesAsText("$ref"));
        assertTrue(references.size() > 50, "there are references");
        for (String reference : references) {
            assertTrue(document.at(reference.substring(1)).isObject(), reference);
        }
        List<String> ids = document.path("paths").findValuesAsText("operationId");
        assertEquals(ids.size(), Set.copyOf(ids).size(), "each operation has a name of its own");
    }
}
