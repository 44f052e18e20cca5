package com.busdk.cli.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole run, from the user's command to the container and back, with everything logged that can be. */
@Timeout(value = 400, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("try") // waiting for the machine to end may be interrupted, and the test with it
class LogSecretsIT {
    @Test
    void shouldLogNoSecretHoweverMuchIsLogged(@TempDir Path folder) throws Exception {
        try (RunnerMachine machine = RunnerMachine.start(Files.createDirectory(folder.resolve("machine")));
                Platform platform = Platform.start(
                        Files.createDirectory(folder.resolve("platform")), machine, "BUS_LOG_LEVEL=trace")) {
            Bus.Ended run = platform.user()
                    .run("containers", "run", "--profile", "codex", "--", "sh", "-c", "printf BUS_CONTAINER_OK");
            assertEquals(0, run.code(), run.toString());
            assertEquals("BUS_CONTAINER_OK", run.out().strip());
            List<String> secrets = new ArrayList<>(platform.secrets());
            // The lines of the private key itself; the first and last ones are the same in all keys.
            List<String> key = Files.readAllLines(machine.key());
            secrets.addAll(key.subList(1, key.size() - 1));
            // The signature is what makes a token one.
            platform.secrets().stream()
                    .filter(secret -> secret.indexOf('.') > 0)
                    .forEach(token -> secrets.add(token.substring(token.lastIndexOf('.') + 1)));

            Map<String, String> logs = platform.logs();

            assertEquals(7, logs.size());
            logs.forEach((part, log) -> {
                assertTrue(log.contains("\"TRACE\"") || log.contains("\"DEBUG\""), part + " logs all: " + log);
                for (String secret : secrets) {
                    assertFalse(log.contains(secret), () -> part + " logs " + secret + ": " + line(log, secret));
                }
            });
        }
    }

    private static String line(String log, String secret) {
        return log.lines().filter(line -> line.contains(secret)).findFirst().orElse("");
    }
}
