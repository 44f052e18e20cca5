package com.busdk.gateway.auth;

import static com.busdk.gateway.auth.AuthService.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.testing.OpenApiText;
import com.busdk.gateway.auth.AuthService.Reply;
import io.vertx.core.Vertx;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class AuthOpenApiTest {
    @Test
    void shouldDescribeEveryRouteAndNoOther() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (AuthService auth = AuthService.start(vertx, Map.of(), Map.of("BUS_AUTH_STORE_PATH", "memory"))) {
            Reply document = auth.get("/api/v1/auth/openapi.yaml");
            assertEquals(200, document.status());
            Set<String> described = new OpenApiText(document.whole().body()).routes();
            for (String route : described) {
                String[] parts = route.split(" ", -1);
                assertTrue(parts[1].equals("get") || parts[1].equals("post"), route);
                String other = parts[1].equals("get") ? "post" : "get";
                Reply refused = other.equals("get") ? auth.get(parts[0]) : auth.post(parts[0], "{}");
                // A path that has the one method only names it; a path that is not there names all that there are.
                assertEquals(405, refused.status(), route);
                assertEquals(
                        parts[1].toUpperCase(Locale.ROOT),
                        refused.whole().headers().firstValue("Allow").orElse(""),
                        route);
            }
            String all = auth.get("/nothing").message();
            Set<String> there = new TreeSet<>();
            Matcher path = Pattern.compile("/[a-z/.0-9-]*[a-z]").matcher(all.substring(all.indexOf("here:")));
            while (path.find()) {
                there.add(path.group());
            }
            Set<String> paths = new TreeSet<>();
            described.forEach(route -> paths.add(route.split(" ", -1)[0]));
            assertEquals(String.join("\n", there), String.join("\n", paths));
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void shouldSayTheLimitsThatThereAre() {
        String most = String.format(Locale.ROOT, "%,d", SourceLimits.Limits.DEFAULT.requestCode());
        assertTrue(AuthRoutes.openApi().toString().contains(most + " in an hour from one source"), most);
    }

    @Test
    void shouldReferToNothingThatIsNotThere() {
        assertEquals(Set.of(), new OpenApiText(AuthRoutes.openApi().toString()).dangling());
    }
}
