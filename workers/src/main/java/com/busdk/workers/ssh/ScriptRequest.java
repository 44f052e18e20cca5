package com.busdk.workers.ssh;

import com.busdk.client.text.Echo;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The payload of {@code bus.ssh.script.run.request}: a script, and where it may run. The first user of the first target
 * that lets the script begin gets it; the others are then left alone, whatever becomes of it.
 *
 * <pre>{@code
 * ScriptRequest request = ScriptRequest.of(List.of(Target.of("192.0.2.7", "root")), "uname -a")
 *         .withTimeout(Duration.ofMinutes(2));
 * }</pre>
 *
 * @param targets machines that may run it, in order of preference; 1 to 16
 * @param script for {@code sh}, 1 byte to 528 KiB of UTF-8, without NUL
 * @param env variables for the script, at most 64, together at most 128 KiB
 * @param stdin the script's standard input, at most 512 KiB
 * @param timeoutSeconds until when everything has to be done, login included; 1 to 86,400; null for the runner's default
 * @param outputLimit most bytes that are kept of standard output, and as many of standard error; 1 or more; null for the
 *     runner's default. An event's size bounds both together in any case
 * @param networkBootstrap what to set up before the script, null for nothing
 * @param prepare what {@code sh} does right before the script, at the same machine and within the same time, but not in the
 *     time that the script is said to have run, such as getting what it needs; null for nothing. As long as a script may
 *     be. It has no input and none of the variables, and its output is dropped but for standard error. Where it does not
 *     end with 0, the script is not begun, and its exit code is the script's
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ScriptRequest(
        @JsonProperty("targets") List<Target> targets,
        @JsonProperty("script") String script,
        @JsonProperty("env") Map<String, String> env,
        @JsonProperty("stdin") String stdin,
        @JsonProperty("timeout_seconds") @Nullable Integer timeoutSeconds,
        @JsonProperty("output_limit") @Nullable Integer outputLimit,
        @JsonProperty("network_bootstrap") @Nullable NetworkBootstrap networkBootstrap,
        @JsonProperty("prepare") @Nullable String prepare) {
    /** Most targets: candidates of one machine or a few, not a fleet, which is many requests. */
    public static final int MAX_TARGETS = 16;

    /** Most users of a target: sshd itself takes no more than six attempts at a time. */
    public static final int MAX_USERS = 8;

    /**
     * Longest script: what the longest command of a container run (128 KiB) may become between quotes, four bytes for one,
     * and 16 KiB for the words around it. Less than the largest event, in JSON too.
     */
    public static final int MAX_SCRIPT_BYTES = (4 * 128 + 16) * 1024;

    /** Longest standard input: half of the largest event, which bounds it together with the script in any case. */
    public static final int MAX_STDIN_BYTES = 512 * 1024;

    /** Most variables. */
    public static final int MAX_VARIABLES = 64;

    /** Longest names and values together; Linux takes 128 KiB for one. */
    public static final int MAX_ENV_BYTES = 128 * 1024;

    /** Longest time for a script, in seconds: a day. */
    public static final int MAX_TIMEOUT_SECONDS = 86_400;

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");

    /** Names that bash does not let a script set: it would end with a message about a line that is not the script's. */
    private static final Set<String> READ_ONLY =
            Set.of("UID", "EUID", "PPID", "BASHOPTS", "BASH_VERSINFO", "SHELLOPTS", "_");

    /** Refuses what is out of bounds. */
    public ScriptRequest {
        if (targets == null
                || targets.isEmpty()
                || targets.size() > MAX_TARGETS
                || targets.stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException("targets: give 1 to " + MAX_TARGETS + " of them");
        }
        targets = List.copyOf(targets);
        if (script == null || script.isEmpty()) {
            throw new IllegalArgumentException("script: there is none");
        }
        checkScript("script", script);
        if (prepare != null) {
            checkScript("prepare", prepare);
        }
        env = env == null ? Map.of() : checkedCopy(env);
        stdin = stdin == null ? "" : stdin;
        checkText("stdin", stdin, MAX_STDIN_BYTES);
        if (timeoutSeconds != null && (timeoutSeconds < 1 || timeoutSeconds > MAX_TIMEOUT_SECONDS)) {
            throw new IllegalArgumentException("timeout_seconds: write 1 to " + MAX_TIMEOUT_SECONDS);
        }
        if (outputLimit != null && outputLimit < 1) {
            throw new IllegalArgumentException("output_limit: write 1 or more bytes");
        }
    }

    /**
     * A script without anything else.
     *
     * @param targets where it may run
     * @param script what to run
     * @return the request
     */
    public static ScriptRequest of(List<Target> targets, String script) {
        return new ScriptRequest(targets, script, Map.of(), "", null, null, null, null);
    }

    /**
     * With variables.
     *
     * @param value names and values
     * @return a copy
     */
    public ScriptRequest withEnv(Map<String, String> value) {
        return new ScriptRequest(targets, script, value, stdin, timeoutSeconds, outputLimit, networkBootstrap, prepare);
    }

    /**
     * With standard input.
     *
     * @param value any text
     * @return a copy
     */
    public ScriptRequest withStdin(String value) {
        return new ScriptRequest(targets, script, env, value, timeoutSeconds, outputLimit, networkBootstrap, prepare);
    }

    /**
     * With a time limit.
     *
     * @param value a second to a day; what is finer than a second is cut off
     * @return a copy
     */
    public ScriptRequest withTimeout(Duration value) {
        int seconds = (int) Math.min(value.toSeconds(), Integer.MAX_VALUE);
        return new ScriptRequest(targets, script, env, stdin, seconds, outputLimit, networkBootstrap, prepare);
    }

    /**
     * With a limit for what is kept of the output.
     *
     * @param bytes of standard output, and as many of standard error
     * @return a copy
     */
    public ScriptRequest withOutputLimit(int bytes) {
        return new ScriptRequest(targets, script, env, stdin, timeoutSeconds, bytes, networkBootstrap, prepare);
    }

    /**
     * With a network to set up first.
     *
     * @param value what to set up
     * @return a copy
     */
    public ScriptRequest withNetworkBootstrap(NetworkBootstrap value) {
        return new ScriptRequest(targets, script, env, stdin, timeoutSeconds, outputLimit, value, prepare);
    }

    /**
     * With something to do right before the script.
     *
     * @param value for {@code sh}
     * @return a copy
     */
    public ScriptRequest withPrepare(String value) {
        return new ScriptRequest(targets, script, env, stdin, timeoutSeconds, outputLimit, networkBootstrap, value);
    }

    /** What is a secret or a stranger's is only counted. */
    @Override
    public String toString() {
        return "ScriptRequest[targets=" + targets.size() + ", script of " + script.length() + " chars, env of "
                + env.size() + ", stdin of " + stdin.length() + " chars]";
    }

    private static void checkScript(String field, String text) {
        checkText(field, text, MAX_SCRIPT_BYTES);
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(field + ": has a NUL in it, which no shell takes");
        }
    }

    private static void checkText(String field, String text, int maxBytes) {
        if (text.length() > maxBytes || text.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            throw new IllegalArgumentException(field + ": is longer than " + maxBytes + " bytes");
        }
        if (hasHalf(text)) {
            throw new IllegalArgumentException(
                    field + ": has half a character (a lone surrogate) in it, which UTF-8 does not have");
        }
    }

    private static boolean hasHalf(String text) {
        return text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private static Map<String, String> checkedCopy(Map<String, String> env) {
        if (env.size() > MAX_VARIABLES) {
            throw new IllegalArgumentException("env: has more than " + MAX_VARIABLES + " variables");
        }
        long bytes = 0;
        for (Map.Entry<String, String> variable : env.entrySet()) {
            String name = variable.getKey();
            String value = variable.getValue();
            if (!VARIABLE.matcher(name).matches() || READ_ONLY.contains(name)) {
                throw new IllegalArgumentException("env: " + Echo.quote(name) + " cannot be the name of a variable");
            }
            if (value == null || value.indexOf('\0') >= 0 || hasHalf(value)) {
                throw new IllegalArgumentException(
                        "env: " + name + " has no value, or one with a NUL or half a character in it");
            }
            bytes += name.length() + value.getBytes(StandardCharsets.UTF_8).length;
        }
        if (bytes > MAX_ENV_BYTES) {
            throw new IllegalArgumentException("env: is longer than " + MAX_ENV_BYTES + " bytes");
        }
        return Collections.unmodifiableMap(new LinkedHashMap<>(env));
    }

    /**
     * A machine, and the users to try on it.
     *
     * @param host a host name or address
     * @param port of its sshd; null for 22
     * @param users to try, in order; 1 to 8
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Target(
            @JsonProperty("host") String host,
            @JsonProperty("port") @Nullable Integer port,
            @JsonProperty("users") List<String> users) {
        private static final int SSH_PORT = 22;
        private static final int MAX_PORT = 65_535;
        private static final int MAX_HOST_CHARS = 253;
        private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?\\.?");

        /** What useradd takes, and @ and capitals, which directories have. */
        private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}");

        /** Refuses what is no machine or user. */
        public Target {
            if (host == null || host.length() > MAX_HOST_CHARS || !isHost(host)) {
                throw new IllegalArgumentException("host: give a host name or an address");
            }
            if (port != null && (port < 1 || port > MAX_PORT)) {
                throw new IllegalArgumentException("port: write 1 to " + MAX_PORT);
            }
            if (users == null || users.isEmpty() || users.size() > MAX_USERS) {
                throw new IllegalArgumentException("users: give 1 to " + MAX_USERS + " of them");
            }
            for (String user : users) {
                if (user == null || !USER.matcher(user).matches()) {
                    throw new IllegalArgumentException("users: one of them is no name of a user");
                }
            }
            users = List.copyOf(users);
        }

        /**
         * A machine with sshd on its usual port.
         *
         * @param host a host name or address
         * @param users to try, in order
         * @return the target
         */
        public static Target of(String host, String... users) {
            return new Target(host, null, List.of(users));
        }

        /**
         * The port that counts.
         *
         * @return 1 to 65,535
         */
        public int sshPort() {
            return port == null ? SSH_PORT : port;
        }

        private static boolean isHost(String host) {
            if (host.indexOf(':') < 0) {
                return HOST_NAME.matcher(host).matches();
            }
            try {
                return host.indexOf('%') < 0 && InetAddress.ofLiteral(host).getHostAddress() != null;
            } catch (IllegalArgumentException e) {
                return false; // neither a name nor an IPv6 address: the caller says so
            }
        }
    }

    /**
     * A network to set up before the script. {@link Netplan} says what comes of it.
     *
     * @param applyNetplan whether it is done at all; null for no
     * @param netplanMode {@code mac-match}, null for that
     * @param dnsServers name servers to use instead of those that DHCP gives, at most 8, may be none
     * @param interfaceMac the network card
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record NetworkBootstrap(
            @JsonProperty("apply_netplan") @Nullable Boolean applyNetplan,
            @JsonProperty("netplan_mode") @Nullable String netplanMode,
            @JsonProperty("dns_servers") List<String> dnsServers,
            @JsonProperty("interface_mac") @Nullable String interfaceMac) {
        /** Most name servers: as many as a resolver asks is three; a few more are harmless. */
        public static final int MAX_DNS_SERVERS = 8;

        private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

        /** Makes a missing list an empty one; {@link Netplan} checks. */
        public NetworkBootstrap {
            dnsServers = dnsServers == null
                    ? List.of()
                    : dnsServers.stream()
                            .map(server -> server == null ? "" : server)
                            .toList();
        }

        /**
         * Whether a text is the address of a name server.
         *
         * @param text any text
         * @return true for an IPv4 address of four numbers, or an IPv6 address without a zone
         */
        public static boolean isDnsServer(String text) {
            // Not every form that the library reads: it takes "1" for an address, and asks for nothing in the others.
            boolean shape = text.indexOf(':') >= 0
                    ? text.indexOf('%') < 0
                    : IPV4.matcher(text).matches();
            try {
                return shape && InetAddress.ofLiteral(text).getHostAddress() != null;
            } catch (IllegalArgumentException e) {
                return false; // such as 1.2.3.400
            }
        }
    }
}
