package com.busdk.client.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceUrlsTest {
    private static final ServiceUrls NONE = ServiceUrls.of(Map.of());

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:8081, http://127.0.0.1:8081/api/v1/events",
        "http://127.0.0.1:8081/, http://127.0.0.1:8081/api/v1/events",
        "http://127.0.0.1:8081/api/v1/events, http://127.0.0.1:8081/api/v1/events",
        "http://127.0.0.1:8081/api/v1/events/, http://127.0.0.1:8081/api/v1/events",
        "HTTPS://example.test/api/v1, https://example.test/api/v1/events",
        "https://example.test/rewritten/events, https://example.test/rewritten/events",
        "http://[::1]:8081, http://[::1]:8081/api/v1/events"
    })
    void shouldTakeTheServiceRootOrTheCollection(String given, String collection) {
        assertEquals(URI.create(collection), NONE.events(given));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "127.0.0.1:8081",
                "ftp://example.test",
                "http://",
                "http:///x",
                "http://exa mple.test",
                "http://user:pw@example.test",
                "http://user:pw@exa_mple.test",
                "http://example.test?token=x",
                "http://example.test#x",
                "http://example.test:99999",
                "/api/v1/events"
            })
    void shouldRefuseWhatIsNoServiceUrl(String given) {
        ConfigException e = assertThrows(ConfigException.class, () -> NONE.events(given));
        assertFalse(String.valueOf(e.getMessage()).contains("pw"), e.getMessage());
    }

    @Test
    void shouldNameTheOptionThatWasTyped() {
        ConfigException e = assertThrows(ConfigException.class, () -> NONE.events("nonsense", "--api-url"));
        assertTrue(String.valueOf(e.getMessage()).startsWith("--api-url: "), e.getMessage());
    }

    @Test
    void shouldTakeTheOptionThenTheVariableThenTheLocalStack() {
        ServiceUrls set = ServiceUrls.of(Map.of(
                "BUS_EVENTS_API_URL", "http://e.test/",
                "BUS_API_BASE_URL", "http://base.test",
                "BUS_AUTH_API_URL", "http://auth.test/api/v1/auth"));
        assertEquals(URI.create("http://o.test/api/v1/events"), set.events("http://o.test"));
        assertEquals(URI.create("http://e.test/api/v1/events"), set.events(null));
        assertEquals(URI.create("http://base.test"), set.ai(null));
        assertEquals(URI.create("http://auth.test/api/v1/auth"), set.auth(null));
        assertEquals(URI.create("http://127.0.0.1:8081/api/v1/events"), NONE.events(null));
        assertEquals(URI.create("http://127.0.0.1:8080"), NONE.ai(null));
        assertEquals(URI.create("http://127.0.0.1:8080/api/v1/auth"), NONE.auth(null));
        assertEquals(
                URI.create("http://127.0.0.1:9000"),
                ServiceUrls.of(Map.of("LOCAL_AI_PLATFORM_PORT", "9000")).ai(null));
    }

    @Test
    void shouldPreferTheAiVariableAndKeepAPathPrefix() {
        ServiceUrls set = ServiceUrls.of(
                Map.of("BUS_AI_API_URL", "http://ai.test/prefix/", "BUS_API_BASE_URL", "http://base.test"));
        assertEquals(URI.create("http://ai.test/prefix"), set.ai(null));
        assertEquals(URI.create("http://ai.test/prefix"), set.ai("http://ai.test/prefix/api/v1/"));
    }
}
