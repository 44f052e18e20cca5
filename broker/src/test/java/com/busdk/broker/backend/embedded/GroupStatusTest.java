package com.busdk.broker.backend.embedded;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.ConsumerInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupStatusTest {
    /** Programs may look for these words, so the description is not to show others. */
    @Test
    void shouldSayInTheWordsOfTheDescriptionThatWindowsAreFull() throws IOException {
        GroupStatus full = new GroupStatus(
                new GroupKey("workers", null, "example.job"),
                List.of(new ConsumerInfo("worker-a", 32, 32)),
                33,
                32,
                0,
                0,
                0,
                0,
                false,
                false,
                false,
                false);
        String words = full.with(7, false).idleBecause();
        try (InputStream description = GroupStatus.class.getResourceAsStream("/openapi.yaml")) {
            assertTrue(description != null);
            String text = new String(description.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(text.contains("idle_because: '" + words + "'"), words);
        }
    }
}
