package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.busdk.client.testing.OpenApiText;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The descriptions of the usage and the billing API tell of each route that there is, and of no other. */
@Timeout(120)
class AccountsOpenApiTest {
    private final Platform platform = new Platform();

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void shouldDescribeTheUsageApi() {
        check(platform.usage().url(), "/api/internal/usage-events/openapi.yaml");
    }

    @Test
    void shouldDescribeTheBillingApi() {
        check(platform.billing().url(), "/api/v1/billing/openapi.yaml");
    }

    private void check(String url, String path) {
        Platform.Reply document = platform.get(url + path, null);
        assertEquals(200, document.status());
        assertEquals(List.of("application/yaml"), document.headers().get("content-type"));
        OpenApiText description = new OpenApiText(document.text());
        assertFalse(description.routes().isEmpty());
        assertEquals(String.join("\n", routes(url)), String.join("\n", description.routes()));
        assertEquals(Set.of(), description.dangling());
    }

    /** A path that is not there names all that are; each of them names its methods. */
    private Set<String> routes(String url) {
        Set<String> routes = new TreeSet<>();
        String all = platform.get(url + "/nothing", null).message();
        Matcher path = Pattern.compile("/[a-z/.0-9-]*[a-z]").matcher(all.substring(all.indexOf("here:")));
        while (path.find()) {
            Platform.Reply options = platform.send("OPTIONS", url + path.group(), null, null);
            for (String method : options.headers().get("allow").getFirst().split(", ", -1)) {
                routes.add(path.group() + " " + method.toLowerCase(Locale.ROOT));
            }
        }
        return routes;
    }
}
