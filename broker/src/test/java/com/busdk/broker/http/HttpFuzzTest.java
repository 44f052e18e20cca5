package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.corpus.Corpus;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Requests that are kept, changed by chance: each connection is answered as the API says, or closed. */
class HttpFuzzTest {
    private static final Corpus CORPUS = new Corpus("http");
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3}) ");
    private static final String TOKEN = TestService.user("user-1", "events:send events:listen events:admin");

    private static TestService service;

    @BeforeContainer
    static void start() throws Exception {
        service = TestService.start("idle-timeout", "500ms", "stall-timeout", "1s");
    }

    @AfterContainer
    static void stop() {
        service.close();
    }

    @Property(tries = 400, shrinking = ShrinkingMode.OFF) // each try that hangs waits long enough
    void shouldAnswerWhateverComes(@ForAll long seed) throws Exception {
        String answers = answersTo(CORPUS.changed(new Random(seed)));
        assertNoFailure(answers);
        assertFalse(answers.contains("\nX-Injected"), answers);
    }

    private static void assertNoFailure(String answers) {
        Matcher status = STATUS.matcher(answers);
        while (status.find()) {
            assertFalse(status.group(1).equals("500"), answers);
        }
    }

    @Property(tries = 1, shrinking = ShrinkingMode.OFF)
    void shouldAnswerWhatIsKept() throws Exception {
        for (byte[] requests : CORPUS.kept()) {
            String answers = answersTo(requests);
            assertTrue(answers.isEmpty() || answers.startsWith("HTTP/1.") || answers.startsWith("\0"), answers);
            assertNoFailure(answers);
        }
        assertEquals(200, service.get(TOKEN, "/readyz").statusCode());
    }

    private static String answersTo(byte[] requests) throws Exception {
        String text = new String(requests, StandardCharsets.ISO_8859_1).replace("@TOKEN@", TOKEN);
        try (RawConnection connection = new RawConnection(service.port())) {
            connection.sendAll(text.getBytes(StandardCharsets.ISO_8859_1));
            connection.endOutput();
            return connection.restOrReset();
        }
    }
}
