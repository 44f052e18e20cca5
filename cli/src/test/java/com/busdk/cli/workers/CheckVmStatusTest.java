package com.busdk.cli.workers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.CommandLineRun.Result;
import com.busdk.cli.ExitCode;
import com.busdk.cli.events.FakeService;
import com.busdk.cli.events.FakeService.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code bus integration upcloud --check-vm-status}: what a script makes of its end. */
class CheckVmStatusTest {
    private static final String SERVERS = "GET /1.3/server";

    /** Has a cloud that cannot answer be left alone at once, rather than be asked again a few times. */
    private static final Map<String, String> LATER = Map.of("Retry-After", "3600");

    @TempDir
    Path folder;

    private final FakeService cloud = new FakeService();

    @AfterEach
    void stop() {
        cloud.close();
    }

    private Result check(String... more) {
        List<String> words = new ArrayList<>(List.of("integration", "upcloud", "--provider", "upcloud"));
        words.addAll(List.of("--upcloud-api-url", cloud.url() + "/1.3", "--vm-name", "gpu", "--check-vm-status"));
        words.addAll(List.of(more));
        return CommandLineRun.in(folder).with("UPCLOUD_TOKEN", "ucat_of_tests").run(words.toArray(String[]::new));
    }

    @Test
    void shouldPrintAStatus() {
        cloud.on(SERVERS, Answer.json(200, "{\"servers\":{\"server\":[]}}"));

        Result result = check();

        assertEquals(ExitCode.OK, result.code(), result.err());
        assertTrue(result.out().contains("\"state\":\"missing\""), result.out());
    }

    @ParameterizedTest
    @CsvSource({"401, 77", "403, 77", "503, 69", "504, 124", "500, 1", "404, 1", "429, 1"})
    void shouldSayWhyThereIsNoneAsOtherCommandsDo(int status, int code) {
        cloud.on(SERVERS, new Answer(status, "application/json", "{}", LATER));

        Result result = check();

        assertEquals(code, result.code(), result.err());
        assertEquals(1, result.errLines().size(), result.err());
        assertTrue(result.err().contains("GET /server with status " + status), result.err());
        assertFalse(result.err().contains("ucat_of_tests"), result.err());
    }

    @Test
    void shouldWaitNoLongerThanItIsTold() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        cloud.on(SERVERS, _ -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Answer.json(200, "{}");
        });
        try {
            Result result = check("--timeout", "200ms");

            assertEquals(ExitCode.TIMED_OUT, result.code(), result.err());
            assertTrue(result.err().contains("--timeout"), result.err());
        } finally {
            over.countDown();
        }
    }

    /** Takes some seconds: it is tried a few times. */
    @Test
    void shouldSayThatTheCloudCannotBeReached() {
        cloud.close();

        Result result = check();

        assertEquals(ExitCode.UNREACHABLE, result.code(), result.err());
        assertTrue(result.err().contains("--upcloud-api-url"), result.err());
    }

    @Test
    void shouldSayWhichSettingIsMissing() {
        Result result =
                CommandLineRun.in(folder).run("integration", "upcloud", "--provider=upcloud", "--check-vm-status");

        assertEquals(ExitCode.USAGE, result.code(), result.err());
        assertTrue(result.err().contains("UPCLOUD_TOKEN"), result.err());
    }
}
