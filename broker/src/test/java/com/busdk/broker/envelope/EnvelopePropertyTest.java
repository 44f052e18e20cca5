package com.busdk.broker.envelope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever the order, the white space and the escapes of a valid envelope: what is stored says the same. */
class EnvelopePropertyTest {
    private static final ObjectMapper JACKSON = new ObjectMapper();
    private static final Publisher SERVICE = new Publisher("the \"service\"", true);

    @Property(tries = 5_000)
    void shouldStoreWhatWasSent(@ForAll long seed) throws IOException, EnvelopeException {
        Random random = new Random(seed);
        Map<String, String> members = members(random);
        byte[] sent = text(members, random).getBytes(StandardCharsets.UTF_8);

        EnvelopeReader reader = new EnvelopeReader();
        EventBatch batch = new EventBatch(1, 1);
        reader.read(sent, 0, sent.length, SERVICE);
        reader.appendTo(batch, SERVICE);
        String tail = new String(batch.bytes(), 0, batch.length(0), StandardCharsets.UTF_8);

        assertEquals(tail.length() - 1, tail.indexOf('\n'), "one line");
        assertTrue(tail.endsWith(",\"payload\":" + oneLine(members.getOrDefault("payload", "null")) + "}\n"), tail);
        JsonNode stored = JACKSON.readTree("{" + tail);
        JsonNode original = JACKSON.readTree(sent);
        for (String field : List.of("name", "correlationId", "key", "metadata", "error")) {
            assertEquals(original.get(field), stored.get(field), field);
        }
        assertEquals(
                original.has("identityId") ? original.get("identityId").asText() : SERVICE.subject(),
                stored.get("identityId").asText());
        assertEquals(original.has("idempotencyKey"), batch.hasIdempotencyKey(0));
    }

    private static Map<String, String> members(Random random) {
        Map<String, String> members = new LinkedHashMap<>();
        members.put("name", random.nextBoolean() ? "\"example.ping\"" : "\"ex\\u0061mple.ping\"");
        for (String field : List.of("correlationId", "key", "identityId", "idempotencyKey")) {
            if (random.nextBoolean()) {
                members.put(field, wholeString(random));
            }
        }
        if (random.nextBoolean()) {
            members.put(
                    "metadata",
                    "{" + RandomJson.space(random) + "\"a\":" + wholeString(random) + ",\"b\":" + wholeString(random)
                            + "}");
        }
        if (random.nextBoolean()) {
            members.put("error", "{\"type\":" + RandomJson.space(random) + wholeString(random) + ",\"message\":\"m\"}");
        }
        if (random.nextInt(8) > 0) {
            members.put("payload", RandomJson.value(random, 4));
        }
        if (random.nextBoolean()) {
            members.put("something", RandomJson.value(random, 3));
        }
        return members;
    }

    /** A string that is not empty and has no half characters. */
    private static String wholeString(Random random) {
        String text = RandomJson.string(random);
        return text.length() == 2 || text.contains("\\ud800") ? "\"x\\ty\\u0000\"" : text;
    }

    private static String text(Map<String, String> members, Random random) {
        List<String> fields = new ArrayList<>(members.keySet());
        Collections.shuffle(fields, random);
        List<String> out = new ArrayList<>();
        for (String field : fields) {
            out.add(RandomJson.space(random)
                    + '"'
                    + field
                    + '"'
                    + RandomJson.space(random)
                    + ':'
                    + RandomJson.space(random)
                    + members.get(field)
                    + RandomJson.space(random));
        }
        return RandomJson.space(random) + '{' + String.join(",", out) + '}' + RandomJson.space(random);
    }

    private static String oneLine(String payload) {
        return payload.replace('\n', ' ').replace('\r', ' ');
    }
}
