package com.busdk.client.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class Hs256SecretTest {
    @Test
    void shouldReadRawTextAndBase64() {
        assertArrayEquals(
                "dev-secret".getBytes(StandardCharsets.UTF_8),
                Hs256Secret.parse("dev-secret").bytes());
        assertArrayEquals(
                new byte[] {-5, -1, 0}, Hs256Secret.parse("base64:+/8A").bytes());
        assertArrayEquals(
                new byte[] {-5, -1, 0}, Hs256Secret.parse("base64:-_8A").bytes());
        assertThrows(IllegalArgumentException.class, () -> Hs256Secret.parse("base64:?"));
        assertThrows(IllegalArgumentException.class, () -> Hs256Secret.parse("base64:"));
        assertThrows(IllegalArgumentException.class, () -> Hs256Secret.parse(""));
    }

    @Test
    void shouldTakeTheFirstVariableThatIsSet() {
        Map<String, String> environment =
                Map.of("BUS_EVENTS_JWT_SECRET", "", "BUS_API_JWT_SECRET", "second", "BUS_AUTH_HS256_SECRET", "third");
        assertEquals(
                Hs256Secret.parse("second"),
                Hs256Secret.fromEnvironment(environment, Hs256Secret.EVENTS_VARIABLES)
                        .orElseThrow());
        assertTrue(Hs256Secret.fromEnvironment(Map.of(), Hs256Secret.EVENTS_VARIABLES)
                .isEmpty());
    }

    @Test
    void shouldNameTheVariableButNotTheSecretInAnError() {
        ConfigException e = assertThrows(
                ConfigException.class,
                () -> Hs256Secret.fromEnvironment(
                        Map.of("BUS_API_JWT_SECRET", "base64:hidden?"), Hs256Secret.EVENTS_VARIABLES));
        assertEquals("BUS_API_JWT_SECRET", e.option());
        assertFalse(String.valueOf(e.getMessage()).contains("hidden"), e.getMessage());
    }

    @Test
    void shouldKnowWhenItIsShortAndNeverShowItself() {
        assertTrue(Hs256Secret.parse("x".repeat(31)).isShort());
        assertFalse(Hs256Secret.parse("x".repeat(32)).isShort());
        assertEquals("Hs256Secret[10 bytes]", Hs256Secret.parse("dev-secret").toString());
    }
}
