package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.http.exchange.BodyRoom;
import com.busdk.broker.http.stream.StreamLimits;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.TokenSettings;
import com.busdk.client.identity.TokenVerifier;
import com.busdk.client.testing.OpenApiText;
import io.vertx.core.Vertx;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OpenApiTest {
    @Test
    void shouldDescribeEveryRouteAndNoOther() throws Exception {
        OpenApiText description = new OpenApiText(Documents.readOpenApi().toString());

        assertEquals(String.join("\n", routes()), String.join("\n", description.routes()));
    }

    @Test
    void shouldShowFiguresThatThereAre() throws Exception {
        Matcher shown = Pattern.compile("bus_events_[a-z_]+")
                .matcher(Documents.readOpenApi().toString());
        try (TestService service = TestService.start()) {
            String metrics = service.send(service.to("/metrics")).body();
            assertTrue(shown.find());
            do {
                String line = "\n# TYPE " + shown.group() + " ";
                assertTrue(metrics.contains(line), line);
            } while (shown.find());
        }
    }

    private static Set<String> routes() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Hs256Secret secret = Hs256Secret.parse("a-secret-of-tests-that-is-long-enough-for-hs256");
            TokenSettings tokens = new TokenSettings(List.of(secret), null, Audiences.DEFAULT);
            TokenVerifier verifier = TestService.await(TokenVerifier.create(vertx, tokens, InstantSource.system()));
            HttpParts parts = HttpParts.of(
                    noBackend(), verifier, EventAccess.standard(Audiences.DEFAULT), 0, InstantSource.system());
            StreamLimits limits = new StreamLimits(1, 1, Duration.ofSeconds(1), false);
            HttpSettings settings =
                    new HttpSettings("127.0.0.1", -1, 1, 1, 1, Duration.ofSeconds(1), limits, null, null);
            Set<String> found = new TreeSet<>();
            BodyRoom room = new BodyRoom(vertx, Duration.ofSeconds(1));
            for (Route route : Routes.of(vertx, settings, parts, new Failures(parts.stats(), room), room)
                    .all()) {
                route.methods()
                        .forEach(method ->
                                found.add(route.path() + " " + method.name().toLowerCase(Locale.ROOT)));
            }
            return found;
        } finally {
            TestService.await(vertx.close());
        }
    }

    /** Routes are only listed, so nothing is ever asked of it but its figures. */
    private static Backend noBackend() {
        return (Backend) Proxy.newProxyInstance(
                OpenApiTest.class.getClassLoader(), new Class<?>[] {Backend.class}, (_, _, _) -> Map.of());
    }
}
