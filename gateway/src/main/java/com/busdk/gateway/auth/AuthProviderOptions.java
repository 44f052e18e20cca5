package com.busdk.gateway.auth;

import com.busdk.client.auth.Scopes;
import com.busdk.client.config.BusDirs;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.GoDuration;
import com.busdk.client.config.Settings;
import com.busdk.client.http.server.Address;
import com.busdk.client.identity.BoundedFile;
import com.busdk.client.identity.StrictJson;
import com.busdk.client.sql.DatabaseLocation;
import com.busdk.gateway.auth.AuthStore.SessionLife;
import com.busdk.gateway.http.Flag;
import com.busdk.gateway.http.Flags;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.LoggerFactory;

/**
 * All settings of the auth service, checked. Each is a flag, or the variable {@code BUS_AUTH_} + the flag in capitals; the
 * flag wins. Secrets come from variables and files only, and do not print.
 */
public final class AuthProviderOptions {
    /** Prefix of the variables. */
    public static final String PREFIX = "BUS_AUTH_";

    /** Where it listens unless told otherwise. */
    public static final String DEFAULT_ADDRESS = "127.0.0.1:8087";

    /**
     * What users may ask for unless the deployment says: what the public APIs have for their own users, and nothing of
     * services, operators or plain events.
     */
    public static final String DEFAULT_USER_SCOPES =
            "vm:read vm:write container:read container:run container:delete billing:read billing:setup";

    /** Longest life of a token that is no session (a day): it cannot be called back. */
    static final Duration MAX_TOKEN_TTL = Duration.ofHours(24);

    private static final String KEY_VARIABLE = "BUS_AUTH_INTERNAL_SHARED_KEY";

    /** Fewer characters may be guessed over the network, given a year. */
    private static final int RECOMMENDED_KEY_CHARS = 16;

    private static final int MAX_KEY_BYTES = 4 << 10;
    private static final int INTERNAL_TTL_SECONDS = 600;
    private static final Duration API_TTL = Duration.ofHours(1);
    private static final Duration SESSION_TTL = Duration.ofHours(24);
    private static final Duration SESSION_MAX = Duration.ofDays(30);
    private static final String REGISTER_LIMIT = "register-limit";
    private static final String CODE_LIMIT = "code-limit";
    private static final String VERIFY_LIMIT = "verify-limit";

    /** More in an hour is no limit. */
    private static final int MAX_LIMIT = 10_000_000;

    /** Every flag that {@link #read} knows. */
    public static final List<Flag> FLAGS = List.of(
            Flag.of("addr", "HOST:PORT", "where to listen; default " + DEFAULT_ADDRESS),
            Flag.file(
                    "store-path",
                    "SQLite file of the store; default ${XDG_STATE_HOME:-~/.local/state}/bus/auth/auth.db;"
                            + " BUS_AUTH_POSTGRES_DSN for PostgreSQL instead"),
            Flag.file("signing-key", "private key (PEM, P-256 or Ed25519) that signs tokens, in place of the secret"),
            Flag.of(
                    "verification-key",
                    "FILES",
                    "keys (PEM) that will sign, or signed at another store, files or folders; those that signed at this"
                            + " one are known"),
            Flag.ofSwitch(
                    "keep-old-keys",
                    "whether tokens hold whose key signs no longer, until they expire; default true, false once after a"
                            + " key was stolen"),
            Flag.of("api-user-scopes", "SCOPES", "what users may ask for; default " + DEFAULT_USER_SCOPES),
            Flag.of("api-token-ttl", "DURATION", "life of a user's API token unless asked otherwise; default 1h"),
            Flag.of("session-ttl", "DURATION", "life of a session until it is refreshed; default 24h"),
            Flag.of("session-max", "DURATION", "life of a session however often it is refreshed; default 30d"),
            Flag.file("internal-key-file", "key of services and operators; default the variable " + KEY_VARIABLE),
            Flag.of("internal-token-ttl-seconds", "N", "life of a service's token unless asked otherwise; default 600"),
            Flag.of("otp-sender", "KIND", "smtp (default where --smtp-host is given), console (else) or memory"),
            Flag.of("smtp-host", "HOST", "mail server"),
            Flag.of("smtp-port", "PORT", "its port; default 587, 465 for TLS from the start"),
            Flag.of("smtp-from", "ADDRESS", "whom mails are from, such as noreply@localhost or Bus <bus@example.com>"),
            Flag.of("smtp-username", "NAME", "to log in there, with BUS_AUTH_SMTP_PASSWORD; TLS is a must then"),
            Flag.file("smtp-ca-file", "certificates (PEM) that vouch for the mail server"),
            Flag.of(
                    "trusted-proxies",
                    "ADDRESSES",
                    "whose X-Forwarded-For is believed: loopback (default), addresses, networks such as 10.1.0.0/16, or"
                            + " none"),
            Flag.of(
                    REGISTER_LIMIT,
                    "N",
                    "registrations from one source in an hour; default " + SourceLimits.Limits.DEFAULT.register()),
            Flag.of(
                    CODE_LIMIT,
                    "N",
                    "one-time passwords asked for from one source in an hour; default "
                            + SourceLimits.Limits.DEFAULT.requestCode()),
            Flag.of(
                    VERIFY_LIMIT,
                    "N",
                    "one-time passwords tried from one source in an hour; default "
                            + SourceLimits.Limits.DEFAULT.verify()));

    private final Address address;
    private final DatabaseLocation store;
    private final AuthKeys keys;
    private final Scopes userScopes;
    private final Lives lives;
    private final Optional<String> internalKey;
    private final List<String> weaknesses;
    private final OtpSender.Kind sender;
    private final Optional<SmtpOptions> smtp;
    private final SourceLimits.Proxies proxies;
    private final SourceLimits.Limits limits;
    private final boolean keepsOldKeys;
    private final Consumer<String> console;

    /** How long things live. */
    record Lives(Duration apiToken, Duration internalToken, SessionLife session) {
        /** The longest life that a token may have from the moment that it is signed. */
        Duration longest() {
            return session.each().compareTo(MAX_TOKEN_TTL) > 0 ? session.each() : MAX_TOKEN_TTL;
        }
    }

    private AuthProviderOptions(Settings settings, Map<String, String> environment, boolean local) {
        this.address = settings.read("addr", Address::parse).orElseGet(() -> Address.parse(DEFAULT_ADDRESS));
        this.store = store(settings, environment);
        this.keys = AuthKeys.read(
                environment,
                settings.find("signing-key"),
                settings.list("verification-key", List.of()),
                local && address.isLoopback());
        this.keepsOldKeys = settings.bool("keep-old-keys", true);
        this.userScopes = settings.read("api-user-scopes", Scopes::parse).orElse(Scopes.parse(DEFAULT_USER_SCOPES));
        this.lives = lives(settings);
        this.internalKey = internalKey(settings, environment);
        this.weaknesses = weaknesses(internalKey, address);
        this.sender = settings.oneOf(
                "otp-sender",
                OtpSender.Kind.class,
                settings.find("smtp-host").isPresent() ? OtpSender.Kind.SMTP : OtpSender.Kind.CONSOLE);
        this.smtp =
                sender == OtpSender.Kind.SMTP ? Optional.of(SmtpOptions.read(settings, environment)) : Optional.empty();
        this.proxies = settings.read(
                        "trusted-proxies", text -> SourceLimits.Proxies.of(List.of(text.split("[,\\s]+", -1))))
                .orElse(new SourceLimits.Proxies(true, List.of()));
        this.limits = new SourceLimits.Limits(
                settings.integer(REGISTER_LIMIT, SourceLimits.Limits.DEFAULT.register(), 1, MAX_LIMIT),
                settings.integer(CODE_LIMIT, SourceLimits.Limits.DEFAULT.requestCode(), 1, MAX_LIMIT),
                settings.integer(VERIFY_LIMIT, SourceLimits.Limits.DEFAULT.verify(), 1, MAX_LIMIT));
        this.console = LoggerFactory.getLogger(AuthProvider.class)::info;
    }

    private AuthProviderOptions(AuthProviderOptions other, Consumer<String> console) {
        this.address = other.address;
        this.store = other.store;
        this.keys = other.keys;
        this.userScopes = other.userScopes;
        this.lives = other.lives;
        this.internalKey = other.internalKey;
        this.weaknesses = other.weaknesses;
        this.sender = other.sender;
        this.smtp = other.smtp;
        this.proxies = other.proxies;
        this.limits = other.limits;
        this.keepsOldKeys = other.keepsOldKeys;
        this.console = console;
    }

    /**
     * Reads all settings, and the small files that they name: for the starting thread.
     *
     * @param flags by name without dashes; one that is not in {@link #FLAGS} is refused
     * @param environment the environment
     * @return the options
     * @throws ConfigException if anything is wrong; the message names flag and variable
     */
    public static AuthProviderOptions read(Map<String, String> flags, Map<String, String> environment) {
        return read(flags, environment, false);
    }

    /**
     * Reads them for a stack on this machine alone, whose events service takes a short secret with a warning: then so does
     * this service, which would keep the stack from starting otherwise.
     *
     * @param flags by name without dashes; one that is not in {@link #FLAGS} is refused
     * @param environment the environment
     * @return the options; the secret may be short where the address is loopback
     * @throws ConfigException if anything else is wrong; the message names flag and variable
     */
    public static AuthProviderOptions readLocal(Map<String, String> flags, Map<String, String> environment) {
        return read(flags, environment, true);
    }

    private static AuthProviderOptions read(Map<String, String> flags, Map<String, String> environment, boolean local) {
        Flags.check(flags, FLAGS);
        Settings settings = new Settings(PREFIX, flags, environment)
                .alias("api-user-scopes", "BUS_AUTH_API_USER_SCOPES", "BUS_AUTH_API_USER_RESOURCES");
        return new AuthProviderOptions(settings, environment, local);
    }

    /**
     * The same options with another place for what the sender {@code console} says; it says it at INFO in the log
     * otherwise.
     *
     * @param other is given a line with an address and its one-time password, on any thread
     * @return a copy
     */
    public AuthProviderOptions withConsole(Consumer<String> other) {
        return new AuthProviderOptions(this, other);
    }

    /**
     * Where it listens.
     *
     * @return host and port
     */
    public Address address() {
        return address;
    }

    DatabaseLocation store() {
        return store;
    }

    AuthKeys keys() {
        return keys;
    }

    Scopes userScopes() {
        return userScopes;
    }

    Lives lives() {
        return lives;
    }

    Optional<String> internalKey() {
        return internalKey;
    }

    /** What an operator should know at the start, a sentence each. */
    List<String> weaknesses() {
        return weaknesses;
    }

    OtpSender.Kind sender() {
        return sender;
    }

    Optional<SmtpOptions> smtp() {
        return smtp;
    }

    SourceLimits.Proxies proxies() {
        return proxies;
    }

    SourceLimits.Limits limits() {
        return limits;
    }

    /** Whether tokens hold that were signed with keys which sign no longer. */
    boolean keepsOldKeys() {
        return keepsOldKeys;
    }

    Consumer<String> console() {
        return console;
    }

    private static DatabaseLocation store(Settings settings, Map<String, String> environment) {
        String dsn = environment.getOrDefault("BUS_AUTH_POSTGRES_DSN", "");
        if (!dsn.isBlank()) {
            if (settings.find("store-path").isPresent()) {
                throw new ConfigException(
                        settings.describe("store-path"), "and BUS_AUTH_POSTGRES_DSN name two stores: set one of them");
            }
            DatabaseLocation location;
            try {
                location = DatabaseLocation.parse(dsn);
            } catch (IllegalArgumentException e) {
                throw new ConfigException("BUS_AUTH_POSTGRES_DSN", String.valueOf(e.getMessage()));
            }
            if (!(location instanceof DatabaseLocation.Postgres)) {
                throw new ConfigException(
                        "BUS_AUTH_POSTGRES_DSN",
                        "is not that of a PostgreSQL database: write postgres://USER:PASSWORD@HOST:5432/DATABASE");
            }
            return location;
        }
        DatabaseLocation location = settings.read("store-path", DatabaseLocation::parse)
                .orElseGet(() -> new DatabaseLocation.Sqlite(
                        BusDirs.of(environment).state().resolve("auth").resolve("auth.db")));
        if (location instanceof DatabaseLocation.Postgres) {
            throw new ConfigException(
                    settings.describe("store-path"),
                    "is a file; what names a PostgreSQL database goes into BUS_AUTH_POSTGRES_DSN, since it has a"
                            + " password in it");
        }
        return location;
    }

    private static Lives lives(Settings settings) {
        Duration api = Flags.positive(settings, "api-token-ttl", API_TTL);
        if (api.compareTo(MAX_TOKEN_TTL) > 0 || api.toSeconds() < 1) {
            throw new ConfigException(
                    settings.describe("api-token-ttl"), "is 1s to " + GoDuration.format(MAX_TOKEN_TTL));
        }
        int internal = settings.integer(
                "internal-token-ttl-seconds", INTERNAL_TTL_SECONDS, 1, (int) MAX_TOKEN_TTL.toSeconds());
        Duration each = Flags.positive(settings, "session-ttl", SESSION_TTL);
        Duration most = Flags.positive(settings, "session-max", SESSION_MAX);
        if (each.toSeconds() < 1 || most.compareTo(each) < 0) {
            throw new ConfigException(
                    settings.describe("session-max"), "is at least --session-ttl, which is a second or more");
        }
        return new Lives(api, Duration.ofSeconds(internal), new SessionLife(each, most));
    }

    private static Optional<String> internalKey(Settings settings, Map<String, String> environment) {
        Optional<String> file = settings.find("internal-key-file");
        String key;
        try {
            key = file.isEmpty()
                    ? environment.getOrDefault(KEY_VARIABLE, "")
                    : StrictJson.text(BoundedFile.read(Path.of(file.get()), MAX_KEY_BYTES));
        } catch (IOException e) {
            throw new ConfigException(settings.describe("internal-key-file"), file.get() + ": " + e.getMessage());
        }
        key = key.strip();
        if (key.isEmpty() && file.isEmpty()) {
            return Optional.empty();
        }
        if (key.isEmpty()) {
            throw new ConfigException(
                    settings.describe("internal-key-file"),
                    file.get() + ": there is no key in it: make one, for example with openssl rand -hex 32");
        }
        return Optional.of(key);
    }

    /** A key that can be guessed is for trying things on this machine, as a secret of the events service is. */
    private static List<String> weaknesses(Optional<String> internalKey, Address address) {
        if (internalKey.isEmpty() || internalKey.get().length() >= RECOMMENDED_KEY_CHARS) {
            return List.of();
        }
        String weakness = "the key has fewer than " + RECOMMENDED_KEY_CHARS
                + " characters, so that whoever guesses it gets any token: set a longer one, made for example with"
                + " openssl rand -hex 32";
        if (!address.isLoopback()) {
            throw new ConfigException(
                    KEY_VARIABLE, weakness + "; with such a key the service listens on a loopback address only");
        }
        return List.of(KEY_VARIABLE + ": " + weakness);
    }

    @Override
    public String toString() {
        return "AuthProviderOptions[" + address + ", " + store + ", " + keys + ", " + sender + "]";
    }
}
