package com.busdk.workers.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodmanCommandTest {
    private static final RunRequest RUN = new RunRequest(
            "run_7", "acc-1", "example/image:1", List.of("sh", "-c", "printf OK"), Duration.ofMillis(1500));

    @Test
    void shouldRunAsTheContractSays() {
        assertEquals(
                "exec podman run --rm --network slirp4netns --read-only --tmpfs '/workspace:size=1g' --workdir"
                        + " /workspace --label 'bus.owner=acc-1' --label 'bus.run=run_7' --timeout 2 --name bus-run_7"
                        + " --quiet example/image:1 sh -c 'printf OK' </dev/null\n",
                PodmanCommand.of(ContainerRunOptions.DEFAULT, RUN).script());
    }

    @Test
    void shouldRemoveWhatIsLeftOfTheRunAndGetItsImageInSilence() {
        assertEquals(
                "podman rm -f -t 0 bus-run_7 </dev/null >/dev/null 2>&1\n"
                        + "podman image exists example/image:1 </dev/null >/dev/null 2>&1"
                        + " || podman pull --quiet example/image:1 </dev/null >/dev/null\n",
                PodmanCommand.preparation(RUN));
    }

    @Test
    void shouldFollowEachOption() {
        var options = ContainerRunOptions.read(
                Map.of(
                        "container-run-network", "none",
                        "container-run-tmpfs-size", "64m",
                        "container-run-read-only", "no",
                        "container-run-user", "1000:1000",
                        "container-run-workdir", "/w"),
                Map.of("UPCLOUD_CONTAINER_RUN_NETWORK", "host"));

        List<String> words = PodmanCommand.of(options, RUN).arguments();

        assertEquals("none", words.get(words.indexOf("--network") + 1), "the flag wins over the variable");
        assertEquals("/w:size=64m,U", words.get(words.indexOf("--tmpfs") + 1));
        assertEquals("/w", words.get(words.indexOf("--workdir") + 1));
        assertEquals("1000:1000", words.get(words.indexOf("--user") + 1));
        assertFalse(words.contains("--read-only"));
    }

    @Test
    void shouldPutOptionsOfPodmanBeforeTheVerbAndOthersBehindIt() {
        List<String> words = PodmanCommand.of(ContainerRunOptions.DEFAULT, RUN)
                .with("/opt/podman", List.of("--runtime=runc"), List.of("--ulimit=nofile=1:1"))
                .arguments();

        assertEquals(
                List.of("/opt/podman", "--runtime=runc", "run", "--ulimit=nofile=1:1", "--rm"), words.subList(0, 5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--privileged", "-v", "", "a b", "image;ls", "image\n", "$(ls)", "../x y"})
    void shouldRefuseAnImageThatIsNone(String image) {
        assertThrows(
                IllegalArgumentException.class,
                () -> new RunRequest("run_1", "o", image, List.of("true"), Duration.ofSeconds(1)));
    }

    @Test
    void shouldRefuseCommandsBeyondTheContract() {
        Duration second = Duration.ofSeconds(1);
        assertThrows(
                IllegalArgumentException.class,
                () -> new RunRequest("run_1", "o", "i", Collections.nCopies(257, "a"), second));
        assertThrows(
                IllegalArgumentException.class,
                () -> new RunRequest("run_1", "o", "i", List.of("sh", "ä".repeat(64 * 1024)), second));
        assertThrows(IllegalArgumentException.class, () -> new RunRequest("run_1", "o", "i", List.of("a\0b"), second));
        assertThrows(
                IllegalArgumentException.class, () -> new RunRequest("run_1", "o", "i", List.of("a"), Duration.ZERO));
        assertEquals(
                256,
                new RunRequest("run_1", "o", "i", Collections.nCopies(256, "a"), second)
                        .command()
                        .size());
    }

    @ParameterizedTest
    @CsvSource({
        "container-run-network, --privileged",
        "container-run-network, 'none --privileged'",
        "container-run-tmpfs-size, lots",
        "container-run-workdir, relative",
        "container-run-workdir, '/w:suid'",
        "container-run-user, -x",
        "container-run-timeout, 0",
        "container-run-timeout, soon",
        "container-codex-image, --help",
        "output-limit, 0"
    })
    void shouldNameTheOptionThatIsWrong(String flag, String value) {
        ConfigException e =
                assertThrows(ConfigException.class, () -> ContainerRunOptions.read(Map.of(flag, value), Map.of()));

        assertTrue(e.getMessage().contains("--" + flag), e.getMessage());
    }

    @Test
    void shouldReadABareIntegerAsSecondsAndAnUnknownSwitchAsItsDefault() {
        var options = ContainerRunOptions.read(
                Map.of(), Map.of("UPCLOUD_CONTAINER_RUN_TIMEOUT", "90", "UPCLOUD_CONTAINER_RUN_READ_ONLY", "perhaps"));

        assertEquals(Duration.ofSeconds(90), options.timeout());
        assertTrue(options.readOnly());
    }
}
