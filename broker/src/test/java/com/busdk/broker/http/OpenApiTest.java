package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.busdk.broker.access.EventAccess;
import com.busdk.broker.backend.Backend;
import com.busdk.broker.http.stream.StreamLimits;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.TokenSettings;
import com.busdk.client.identity.TokenVerifier;
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
    private static final Pattern PATH = Pattern.compile("  (/[^:]*):");
    private static final Pattern METHOD = Pattern.compile("    (get|put|post|delete|patch|head|options|trace):");

    @Test
    void shouldDescribeEveryRouteAndNoOther() throws Exception {
        assertEquals(String.join("\n", routes()), String.join("\n", described()));
    }

    private static Set<String> described() {
        Set<String> found = new TreeSet<>();
        String path = "";
        boolean paths = false;
        for (String line : Documents.readOpenApi().toString().split("\n", -1)) {
            if (line.matches("\\S.*")) {
                paths = line.startsWith("paths:");
            }
            Matcher aPath = PATH.matcher(line);
            Matcher aMethod = METHOD.matcher(line);
            if (paths && aPath.matches()) {
                path = aPath.group(1);
            } else if (paths && aMethod.matches()) {
                found.add(path + " " + aMethod.group(1));
            }
        }
        return found;
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
            for (Route route : Routes.of(vertx, settings, parts, new Failures(parts.stats()))
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
