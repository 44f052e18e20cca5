package com.busdk.cli.provider;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    private static final Pattern PATH = Pattern.compile("  (/[^:]*):");
    private static final Pattern METHOD = Pattern.compile("    (get|put|post|delete|patch|head|options|trace):");
    private static final Pattern REFERENCE = Pattern.compile("#/components/([A-Za-z]+)/([A-Za-z]+)");

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
        Set<String> described = described(document.text());
        assertFalse(described.isEmpty());
        assertEquals(String.join("\n", routes(url)), String.join("\n", described));
        Matcher reference = REFERENCE.matcher(document.text());
        while (reference.find()) {
            String section = document.text().substring(document.text().indexOf("\n  " + reference.group(1) + ":\n"));
            assertTrue(section.contains("\n    " + reference.group(2) + ":\n"), reference.group());
        }
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

    private static Set<String> described(String document) {
        Set<String> found = new TreeSet<>();
        String path = "";
        boolean paths = false;
        for (String line : document.split("\n", -1)) {
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
}
