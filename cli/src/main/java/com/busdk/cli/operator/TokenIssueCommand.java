package com.busdk.cli.operator;

import com.busdk.cli.ExitCode;
import com.busdk.cli.command.Argument;
import com.busdk.cli.command.CliException;
import com.busdk.cli.command.Command;
import com.busdk.cli.command.Format;
import com.busdk.cli.command.Invocation;
import com.busdk.cli.term.Json;
import com.busdk.client.auth.Hs256Secret;
import com.busdk.client.auth.Scopes;
import com.busdk.client.auth.TokenMinter;
import com.busdk.client.config.ConfigException;
import com.busdk.client.config.GoDuration;
import com.busdk.client.config.ServiceUrls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Issues a service token: signed here with a secret that this machine knows, or by the auth service. */
public final class TokenIssueCommand extends Command {
    /** Where the secret is looked for, in this order. */
    static final List<String> SECRET_VARIABLES = List.of("BUS_AUTH_HS256_SECRET", "BUS_API_JWT_SECRET");

    /** Whose token it is unless somebody says: a service token needs a name in logs, and no account stands behind it. */
    static final String DEFAULT_SUBJECT = "bus-operator-local";

    /** Variable with the key that the auth service knows operators by. */
    static final String KEY_VARIABLE = "BUS_OPERATOR_INTERNAL_KEY";

    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

    /** A secret is a line of text; a larger file is another one. */
    private static final int MAX_SECRET_BYTES = 16 * 1024;

    private final Argument<Boolean> local = flag("sign here, with a secret that this machine knows", "--local");
    private final Argument<String> subject =
            option("SUBJECT", "whose token it is (claim sub); default " + DEFAULT_SUBJECT, "--subject");
    private final Argument<String> audience =
            option("AUDIENCE", "for whom it is meant (claim aud); default " + Scopes.AUDIENCE_API, "--audience");
    private final Argument<Scopes> scope = option(
            Scopes::parse,
            "SCOPES",
            "what it allows, words in one argument; default \"events:send events:listen\"",
            "--scope");
    private final Argument<Duration> ttl =
            option(GoDuration::parse, "DURATION", "how long it is valid; default 1h", "--ttl");
    private final Argument<String> secretFile = option(
            "FILE",
            "read the signing secret from FILE; default: the variable " + String.join(", then ", SECRET_VARIABLES),
            "--hs256-secret-file");
    private final Argument<String> keyFile = option(
            "FILE",
            "read the auth service's internal key from FILE; default: the variable " + KEY_VARIABLE,
            "--internal-key-file");

    @Override
    public String description() {
        return """
            Issues a service token. The auth service signs it (BUS_AUTH_API_URL or --api-url), for whoever has its internal \
            key. With --local it is signed here, with HS256 and a secret that this machine knows: services that have the \
            same secret accept it. The secret is text, or bytes in Base64 behind 'base64:'.\
            """;
    }

    @Override
    public List<String> examples() {
        return List.of(
                "bus operator token issue --local --subject worker --scope 'events:send events:listen' --ttl 24h",
                "export BUS_API_TOKEN=\"$(bus operator token --format token issue --local --scope 'vm:read')\"");
    }

    @Override
    public Set<Format> formats() {
        return Collections.unmodifiableSet(EnumSet.allOf(Format.class));
    }

    @Override
    public void check() {
        if (local.given() && keyFile.given()) {
            throw CliException.usage("--local signs on this machine, without the auth service's key: give one of them");
        }
        if (!local.given() && secretFile.given()) {
            throw CliException.usage("--hs256-secret-file is for --local: give both, or none to ask the auth service");
        }
        try {
            grant();
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public boolean resultIsSecret() {
        return true;
    }

    @Override
    public int run(Invocation invocation) throws IOException, InterruptedException {
        TokenMinter.Grant grant = grant();
        if (!local.given()) {
            var issued = issuer(invocation).issue(grant);
            print(invocation, issued.token(), grant, issued.expires());
            return ExitCode.OK;
        }
        Hs256Secret secret = secret(invocation);
        if (secret.isShort()) {
            invocation.note("the signing secret is shorter than " + Hs256Secret.RECOMMENDED_BYTES
                    + " bytes: fit for trying things on this machine, not for a service that others reach");
        }
        var clock = Clock.systemUTC();
        Instant expires = clock.instant().plus(grant.ttl()).truncatedTo(ChronoUnit.SECONDS);
        print(invocation, new TokenMinter(secret, clock).mint(grant), grant, expires);
        return ExitCode.OK;
    }

    private TokenMinter.Grant grant() {
        return new TokenMinter.Grant(
                subject.or(DEFAULT_SUBJECT),
                audience.or(Scopes.AUDIENCE_API),
                scope.or(Scopes.parse(Scopes.EVENTS_SEND + " " + Scopes.EVENTS_LISTEN)),
                ttl.or(TokenMinter.DEFAULT_TTL),
                true);
    }

    private AuthServiceIssuer issuer(Invocation invocation) throws IOException {
        String file = keyFile.orNull();
        String key = file == null ? invocation.environment().variable(KEY_VARIABLE) : read(invocation.resolve(file));
        if (key == null || key.isBlank()) {
            throw CliException.usage("no internal key: set " + KEY_VARIABLE + " or give --internal-key-file FILE to ask"
                    + " the auth service, or --local to sign here with the secret of " + SECRET_VARIABLES.getFirst());
        }
        try {
            var url = ServiceUrls.of(invocation.environment().variables())
                    .auth(invocation.common().apiUrl());
            Duration timeout = invocation.common().timeout();
            return new AuthServiceIssuer(url, key, timeout == null ? DEFAULT_TIMEOUT : timeout);
        } catch (ConfigException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }

    private Hs256Secret secret(Invocation invocation) throws IOException {
        String file = secretFile.orNull();
        try {
            if (file != null) {
                return Hs256Secret.parse(read(invocation.resolve(file)));
            }
            return Hs256Secret.fromEnvironment(invocation.environment().variables(), SECRET_VARIABLES)
                    .orElseThrow(() -> CliException.usage("no signing secret: set " + SECRET_VARIABLES.getFirst()
                            + " to that of the service, or give --hs256-secret-file FILE"));
        } catch (ConfigException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        } catch (IllegalArgumentException e) {
            throw CliException.usage("--hs256-secret-file: " + e.getMessage());
        }
    }

    /** The text of a secret file without the line break that editors put at its end. */
    private static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_SECRET_BYTES + 1);
            if (bytes.length > MAX_SECRET_BYTES) {
                throw new IllegalArgumentException("the file is larger than a secret: give one with just the secret");
            }
            return new String(bytes, StandardCharsets.UTF_8).stripTrailing();
        }
    }

    private static void print(Invocation invocation, String token, TokenMinter.Grant grant, Instant expires) {
        var out = invocation.out();
        switch (invocation.common().format()) {
            case TOKEN -> out.line(token);
            case TEXT -> {
                out.line(token);
                invocation.note("for " + grant.subject() + ", audience " + grant.audience() + ", scopes "
                        + grant.scopes() + ", until " + expires);
            }
            case TSV -> {
                out.line("token\tsubject\taudience\tscope\texpires_at");
                out.line(String.join(
                        "\t",
                        token,
                        grant.subject(),
                        grant.audience(),
                        grant.scopes().toString(),
                        expires.toString()));
            }
            case JSON -> out.line(json(token, grant, expires));
        }
    }

    private static String json(String token, TokenMinter.Grant grant, Instant expires) {
        return "{\"token\":" + quote(token) + ",\"subject\":" + quote(grant.subject()) + ",\"audience\":"
                + quote(grant.audience()) + ",\"scope\":" + quote(grant.scopes().toString()) + ",\"expiresAt\":"
                + quote(expires.toString()) + "}";
    }

    private static String quote(String text) {
        return Json.quote(text);
    }
}
