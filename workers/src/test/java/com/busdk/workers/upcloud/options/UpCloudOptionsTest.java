package com.busdk.workers.upcloud.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.ConfigException;
import com.busdk.workers.run.WorkerFlag;
import com.busdk.workers.upcloud.options.RunnerOptions.NetworkMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpCloudOptionsTest {
    private static final Map<String, String> NONE = Map.of();

    /** A row of the contract's table: flag, variable, a value, what it gives, and what the default gives. */
    record Row(
            String flag,
            String variable,
            String value,
            Object expected,
            Object byDefault,
            Function<UpCloudOptions, Object> field) {}

    private static Row row(
            String flag,
            String variable,
            String value,
            Object expected,
            Object byDefault,
            Function<UpCloudOptions, Object> field) {
        return new Row(flag, variable, value, expected, byDefault, field);
    }

    private static Row runner(
            String flag,
            String variable,
            String value,
            Object expected,
            Object byDefault,
            Function<RunnerOptions, Object> field) {
        return row(
                flag,
                variable,
                value,
                expected,
                byDefault,
                options -> field.apply(Objects.requireNonNull(options.runner())));
    }

    static List<Row> rows() {
        return List.of(
                row(
                        "provider",
                        "BUS_UPCLOUD_PROVIDER",
                        "upcloud",
                        UpCloudOptions.Provider.UPCLOUD,
                        UpCloudOptions.Provider.STATIC,
                        UpCloudOptions::provider),
                row(
                        "upcloud-api-url",
                        "UPCLOUD_API_BASE_URL",
                        "http://127.0.0.1:9/1.3/",
                        URI.create("http://127.0.0.1:9/1.3"),
                        URI.create("https://api.upcloud.com/1.3"),
                        UpCloudOptions::apiUrl),
                row("vm-name", "UPCLOUD_VM_NAME", "gpu", "gpu", null, UpCloudOptions::vmName),
                runner(
                        "container-zone",
                        "UPCLOUD_CONTAINER_ZONE",
                        "fi-hel1",
                        "fi-hel1",
                        "fi-hel2",
                        RunnerOptions::zone),
                runner(
                        "container-runner-name",
                        "UPCLOUD_CONTAINER_RUNNER_NAME",
                        "other",
                        "other",
                        "runner",
                        RunnerOptions::name),
                runner(
                        "container-plan",
                        "UPCLOUD_CONTAINER_PLAN",
                        "p",
                        "p",
                        "CLOUDNATIVE-1xCPU-4GB",
                        RunnerOptions::plan),
                runner(
                        "container-os",
                        "UPCLOUD_CONTAINER_OS",
                        "Debian",
                        "Debian",
                        "Ubuntu Server 24.04 LTS (Noble Numbat)",
                        RunnerOptions::os),
                runner(
                        "container-os-storage-size",
                        "UPCLOUD_CONTAINER_OS_STORAGE_SIZE",
                        "25",
                        25,
                        0,
                        RunnerOptions::storageGb),
                runner(
                        "container-network-mode",
                        "UPCLOUD_CONTAINER_NETWORK_MODE",
                        "public",
                        NetworkMode.PUBLIC,
                        NetworkMode.PRIVATE,
                        RunnerOptions::networkMode),
                runner(
                        "container-private-network",
                        "UPCLOUD_CONTAINER_PRIVATE_NETWORK_NAME",
                        "n",
                        "n",
                        "ai-platform-private-fi-hel2",
                        RunnerOptions::privateNetwork),
                runner(
                        "container-private-ip",
                        "UPCLOUD_CONTAINER_PRIVATE_IP",
                        "172.16.0.5",
                        "172.16.0.5",
                        null,
                        RunnerOptions::privateIp),
                runner(
                        "container-ssh-keys",
                        "UPCLOUD_CONTAINER_SSH_KEYS",
                        "/a/b.pub  c.pub",
                        List.of(Path.of("/a/b.pub"), Path.of("c.pub")),
                        List.of(),
                        RunnerOptions::sshKeys),
                runner(
                        "container-ssh-target",
                        "UPCLOUD_CONTAINER_SSH_TARGET",
                        "me@10.0.0.5:2222",
                        new SshTarget("me", "10.0.0.5", 2222),
                        null,
                        RunnerOptions::sshTarget),
                runner("container-ssh-port", "UPCLOUD_CONTAINER_SSH_PORT", "2022", 2022, 22, RunnerOptions::sshPort),
                runner(
                        "container-ssh-users",
                        "UPCLOUD_CONTAINER_USERNAME_CANDIDATES",
                        "a b",
                        List.of("a", "b"),
                        List.of("root", "ubuntu"),
                        RunnerOptions::sshUsers),
                runner(
                        "container-start-timeout",
                        "UPCLOUD_CONTAINER_START_TIMEOUT",
                        "90",
                        Duration.ofSeconds(90),
                        Duration.ofMinutes(10),
                        RunnerOptions::startTimeout),
                row(
                        "container-codex-image",
                        "UPCLOUD_CONTAINER_CODEX_IMAGE",
                        "i:1",
                        "i:1",
                        "docker.io/library/alpine:3.20",
                        options -> options.run().codexImage()),
                row(
                        "container-run-network",
                        "UPCLOUD_CONTAINER_RUN_NETWORK",
                        "none",
                        "none",
                        "slirp4netns",
                        options -> options.run().network()),
                row(
                        "container-run-tmpfs-size",
                        "UPCLOUD_CONTAINER_RUN_TMPFS_SIZE",
                        "2g",
                        "2g",
                        "1g",
                        options -> options.run().tmpfsSize()),
                row(
                        "container-run-read-only",
                        "UPCLOUD_CONTAINER_RUN_READ_ONLY",
                        "no",
                        false,
                        true,
                        options -> options.run().readOnly()),
                row(
                        "container-run-user",
                        "UPCLOUD_CONTAINER_RUN_USER",
                        "1000",
                        "1000",
                        null,
                        options -> options.run().user().orElse(null)),
                row(
                        "container-run-workdir",
                        "UPCLOUD_CONTAINER_RUN_WORKDIR",
                        "/w",
                        "/w",
                        "/workspace",
                        options -> options.run().workdir()),
                row(
                        "container-run-timeout",
                        "UPCLOUD_CONTAINER_RUN_TIMEOUT",
                        "1h30m",
                        Duration.ofMinutes(90),
                        Duration.ofMinutes(30),
                        options -> options.run().timeout()),
                row(
                        "runner-dns-servers",
                        "BUS_RUNNER_DNS_SERVERS",
                        "1.1.1.1,8.8.8.8",
                        List.of("1.1.1.1", "8.8.8.8"),
                        List.of(),
                        options -> options.policy().dnsServers()),
                row(
                        "runner-netplan-mode",
                        "BUS_RUNNER_NETPLAN_MODE",
                        "mac-match",
                        "mac-match",
                        "mac-match",
                        options -> RunnerPolicy.NETPLAN_MODE),
                row(
                        "runner-apply-netplan",
                        "BUS_RUNNER_APPLY_NETPLAN",
                        "on",
                        true,
                        false,
                        options -> options.policy().applyNetplan()),
                row(
                        "runner-delete-stop-first",
                        "BUS_RUNNER_DELETE_STOP_FIRST",
                        "0",
                        false,
                        true,
                        options -> options.policy().deleteStopFirst()),
                row(
                        "runner-delete-ready-states",
                        "BUS_RUNNER_DELETE_READY_STATES",
                        "stopped,error",
                        Set.of("stopped", "error"),
                        Set.of("stopped"),
                        options -> options.policy().deleteReadyStates()),
                row(
                        "runner-transient-states",
                        "BUS_RUNNER_TRANSIENT_STATES",
                        "cloning",
                        Set.of("cloning"),
                        Set.of("maintenance", "pending"),
                        options -> options.policy().transientStates()),
                row(
                        "runner-delete-timeout",
                        "BUS_RUNNER_DELETE_TIMEOUT",
                        "30s",
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(10),
                        options -> options.policy().deleteTimeout()),
                row(
                        "runner-delete-poll-interval",
                        "BUS_RUNNER_DELETE_POLL_INTERVAL",
                        "250ms",
                        Duration.ofMillis(250),
                        Duration.ofSeconds(5),
                        options -> options.policy().deletePollInterval()),
                row(
                        "runner-delete-storage",
                        "BUS_RUNNER_DELETE_STORAGE",
                        "off",
                        false,
                        true,
                        options -> options.policy().deleteStorage()),
                row(
                        "runner-ssh-ready-timeout",
                        "BUS_RUNNER_SSH_READY_TIMEOUT",
                        "60",
                        Duration.ofSeconds(60),
                        Duration.ofMinutes(10),
                        options -> options.policy().sshReadyTimeout()),
                row(
                        "runner-ssh-ready-poll-interval",
                        "BUS_RUNNER_SSH_READY_POLL_INTERVAL",
                        "1s",
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5),
                        options -> options.policy().sshReadyPollInterval()));
    }

    private static Map<String, String> with(String key, String value) {
        Map<String, String> environment = new HashMap<>();
        environment.put("UPCLOUD_CONTAINER_RUNNER_NAME", "runner");
        environment.put("UPCLOUD_TOKEN", "ucat_x");
        environment.put(key, value);
        return environment;
    }

    @ParameterizedTest
    @MethodSource("rows")
    void shouldReadARowOfTheTable(Row row) {
        Map<String, String> rest = with("X", "");
        assertEquals(row.byDefault(), row.field().apply(UpCloudOptions.read(NONE, rest)), "by default");
        assertEquals(row.expected(), row.field().apply(UpCloudOptions.read(NONE, with(row.variable(), row.value()))));
        assertEquals(row.expected(), row.field().apply(UpCloudOptions.read(Map.of(row.flag(), row.value()), rest)));
        // The flag wins: the variable's value would be refused, or be another one.
        Map<String, String> both = with(row.variable(), row.byDefault() == null ? "other" : row.value());
        assertEquals(row.expected(), row.field().apply(UpCloudOptions.read(Map.of(row.flag(), row.value()), both)));
        assertTrue(names().contains(row.flag()), "a command line shows it");
    }

    @Test
    void shouldShowEveryFlagOnceAndReadNoOther() {
        Set<String> known = rows().stream().map(Row::flag).collect(Collectors.toSet());
        known.addAll(Set.of("check-vm-status", "output-limit"));
        assertEquals(known, names());
        assertEquals(known.size(), UpCloudOptions.FLAGS.size());
    }

    private static Set<String> names() {
        return UpCloudOptions.FLAGS.stream().map(WorkerFlag::name).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @CsvSource({
        "provider,gcp,unsupported provider",
        "container-network-mode,bridge,unsupported container network mode",
        "runner-netplan-mode,dhcp,unsupported runner netplan mode"
    })
    void shouldRefuseAWordThatIsNotKnown(String flag, String value, String message) {
        ConfigException e = assertThrows(ConfigException.class, () -> UpCloudOptions.read(Map.of(flag, value), NONE));
        assertTrue(String.valueOf(e.getMessage()).contains(message + " \"" + value + "\""), e.getMessage());
    }

    @Test
    void shouldReadTheNetplanModeOfTheEnvironmentUnlessAFlagSaysOtherwise() {
        Map<String, String> environment = Map.of("BUS_RUNNER_NETPLAN_MODE", "dhcp");
        ConfigException e = assertThrows(ConfigException.class, () -> UpCloudOptions.read(NONE, environment));
        assertTrue(String.valueOf(e.getMessage()).contains("BUS_RUNNER_NETPLAN_MODE"), e.getMessage());
        assertNotNull(UpCloudOptions.read(Map.of("runner-netplan-mode", "mac-match"), environment));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "true", "YES", "on"})
    void shouldTakeAWordForTrue(String word) {
        assertTrue(UpCloudOptions.read(Map.of("runner-apply-netplan", word), NONE)
                .policy()
                .applyNetplan());
    }

    @ParameterizedTest
    @ValueSource(strings = {"maybe", "2", "ja"})
    void shouldFallBackToTheDefaultForAWordThatIsNeitherTrueNorFalse(String word) {
        RunnerPolicy policy = UpCloudOptions.read(
                        Map.of("runner-apply-netplan", word, "runner-delete-storage", word), NONE)
                .policy();
        assertFalse(policy.applyNetplan());
        assertTrue(policy.deleteStorage());
    }

    @ParameterizedTest
    @CsvSource({
        "runner-delete-poll-interval,0",
        "runner-delete-timeout,-1s",
        "runner-ssh-ready-timeout,soon",
        "container-ssh-port,70000",
        "container-os-storage-size,-1",
        "container-ssh-target,nobody",
        "container-private-ip,not an ip",
        "container-private-ip,beef",
        "container-private-ip,1.2.3.400",
        "container-ssh-users,a;b",
        "container-ssh-users,a b c d e f g h i",
        "container-ssh-target,root@-host",
        "container-run-timeout,24h",
        "container-start-timeout,1000d",
        "runner-dns-servers,1.2.3.400",
        "runner-dns-servers,abc",
        "runner-dns-servers,fe80::1%eth0",
        "runner-dns-servers,10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8 10.0.0.9",
        "upcloud-api-url,ftp://host",
        "runner-delete-ready-states,STOPPED!"
    })
    void shouldNameTheOptionThatIsWrong(String flag, String value) {
        Map<String, String> flags = Map.of("container-runner-name", "r", flag, value);
        ConfigException e = assertThrows(ConfigException.class, () -> UpCloudOptions.read(flags, NONE));
        assertTrue(e.option().contains("--" + flag), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "container-run-timeout,23h50m",
        "container-ssh-users,a b c d e f g h",
        "container-ssh-target,root@[2001:db8::5]",
        "runner-dns-servers,10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 2001:db8::53"
    })
    void shouldTakeAsMuchAsTheSshRunnerDoes(String flag, String value) {
        assertNotNull(UpCloudOptions.read(Map.of("container-runner-name", "r", flag, value), NONE));
    }

    @ParameterizedTest
    @CsvSource({
        "container-run-timeout,23h50m1s,24h",
        "container-ssh-users,a b c d e f g h i,at most 8",
        "runner-dns-servers,10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 10.0.0.7 10.0.0.8 ::1,at most 8"
    })
    void shouldSayWhereTheLimitIs(String flag, String value, String limit) {
        Map<String, String> flags = Map.of("container-runner-name", "r", flag, value);
        ConfigException e = assertThrows(ConfigException.class, () -> UpCloudOptions.read(flags, NONE));
        assertTrue(String.valueOf(e.getMessage()).contains(limit), e.getMessage());
    }

    @Test
    void shouldWantATokenForTheCloudAndNeverShowIt() {
        ConfigException e =
                assertThrows(ConfigException.class, () -> UpCloudOptions.read(Map.of("provider", "upcloud"), NONE));
        assertTrue(String.valueOf(e.getMessage()).contains("UPCLOUD_TOKEN"));
        ConfigException wrong = assertThrows(
                ConfigException.class,
                () -> UpCloudOptions.read(Map.of("provider", "upcloud"), Map.of("UPCLOUD_TOKEN", "two words")));
        assertFalse(String.valueOf(wrong.getMessage()).contains("two words"));
        String text = UpCloudOptions.read(Map.of("provider", "upcloud"), Map.of("UPCLOUD_TOKEN", "ucat_hidden"))
                .toString();
        assertFalse(text.contains("ucat_hidden"), text);
    }

    @Test
    void shouldNotRepeatAUrlThatMayHoldAPassword() {
        ConfigException e = assertThrows(
                ConfigException.class,
                () -> UpCloudOptions.read(Map.of("upcloud-api-url", "https://me:hunter2@host/1.3"), NONE));
        assertFalse(String.valueOf(e.getMessage()).contains("hunter2"), e.getMessage());
    }

    @Test
    void shouldHaveNoRunnerWithoutAName() {
        assertNull(UpCloudOptions.read(NONE, NONE).runner());
    }

    @Test
    void shouldReadAnIpv6Target() {
        assertEquals(new SshTarget("root", "2001:db8::5", 22), SshTarget.parse("root@[2001:db8::5]", 22));
    }
}
