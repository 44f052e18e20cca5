package com.busdk.broker.envelope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.corpus.Corpus;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Envelopes that are kept, changed by chance: each is refused in words, or stored as one line that says the same. */
class EnvelopeFuzzTest {
    private static final ObjectMapper JACKSON = new ObjectMapper();
    private static final Corpus CORPUS = new Corpus("envelope");
    private static final Publisher SERVICE = new Publisher("service-1", true);

    @Property(tries = 20_000)
    void shouldRefuseInWordsOrStoreOneLine(@ForAll long seed) throws IOException {
        readOne(CORPUS.changed(new Random(seed)));
    }

    @Test
    void shouldReadWhatIsKept() throws IOException {
        int taken = 0;
        for (byte[] envelope : CORPUS.kept()) {
            taken += readOne(envelope) ? 1 : 0;
        }
        assertTrue(taken > CORPUS.kept().size() / 2, taken + " were taken");
    }

    private static boolean readOne(byte[] sent) throws IOException {
        EnvelopeReader reader = new EnvelopeReader();
        EventBatch batch = new EventBatch(1, 1);
        try {
            reader.read(sent, 0, sent.length, SERVICE);
            reader.appendTo(batch, SERVICE);
        } catch (EnvelopeException e) {
            assertTrue(e.getMessage() != null && !e.getMessage().isBlank());
            return false;
        }
        String tail = new String(batch.bytes(), 0, batch.length(0), StandardCharsets.UTF_8);
        assertEquals(tail.length() - 1, tail.indexOf('\n'), tail);
        JsonNode stored = JACKSON.readTree("{" + tail);
        JsonNode original = JACKSON.readTree(sent);
        assertEquals(original.get("name"), stored.get("name"), tail);
        if (original.has("payload")) {
            assertEquals(original.get("payload"), stored.get("payload"), tail);
        }
        return true;
    }
}
