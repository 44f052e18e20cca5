package com.busdk.gateway.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainersProviderOptionsTest {
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "BUS_API_JWT_SECRET",
            "a-secret-that-is-longer-than-thirty-two-bytes",
            "BUS_EVENTS_API_URL",
            "http://127.0.0.1:9",
            "BUS_API_TOKEN",
            "t");

    private static ContainersProviderOptions withOutputLimit(String limit) {
        return ContainersProviderOptions.read(Map.of("output-limit", limit), ENVIRONMENT);
    }

    /** Workers refuse a run that wants none of its output, so that each would fail. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "0MiB", "-1", "17MiB"})
    void shouldRefuseAnOutputLimitThatNoRunCanHave(String limit) {
        ConfigException refused = assertThrows(ConfigException.class, () -> withOutputLimit(limit));
        assertTrue(refused.getMessage().contains("--output-limit"), refused.getMessage());
    }

    @Test
    void shouldTakeTheSmallestOutputLimit() {
        assertEquals(1, withOutputLimit("1").outputLimit());
    }
}
