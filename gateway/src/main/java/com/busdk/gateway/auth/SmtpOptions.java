package com.busdk.gateway.auth;

import com.busdk.client.config.ConfigException;
import com.busdk.client.config.Settings;
import com.busdk.client.http.ApiException;
import com.busdk.client.identity.BoundedFile;
import com.busdk.client.identity.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How mail goes out. The password does not print.
 *
 * @param host the mail server
 * @param port its port
 * @param tlsFromStart whether it speaks TLS from the first byte on, as it does at port 465 (RFC 8314), and not by STARTTLS
 * @param from whom mails are from: an address, or a name and an address in angle brackets
 * @param credentials to log in with; mail is then sent over TLS or not at all
 * @param authorities certificates (PEM) that vouch for the server, in place of those that Java knows
 */
record SmtpOptions(
        String host,
        int port,
        boolean tlsFromStart,
        String from,
        Optional<Credentials> credentials,
        Optional<String> authorities) {
    /** Where mail is submitted (RFC 6409). */
    private static final int SUBMISSION_PORT = 587;

    /** Where it is submitted over TLS from the start. */
    private static final int TLS_PORT = 465;

    /** RFC 5321, section 4.5.3.1.3. */
    private static final int MAX_ADDRESS_CHARS = 254;

    /**
     * What an operator may put into the head of each mail: an address, whose domain need not be one of the internet, with a
     * name before it or without. Nothing in it ends the line or the field, or begins another address; of quotes, only those
     * around the whole name.
     */
    private static final Pattern FROM = Pattern.compile("(?:(?:\"(?<quoted>[^\\p{C}\\p{Zl}\\p{Zp}\"\\\\<>()]{0,100})\""
            + "|(?<bare>[^\\p{C}\\p{Zl}\\p{Zp}\"\\\\<>()@,;:]{0,100})) *<(?<named>[^<>]*)>|(?<alone>[^<>]*))");

    /** Of what is allowed in a name, that which has to be in quotes (RFC 5322, section 3.2.3): it would end the name. */
    private static final Pattern ENDS_A_NAME = Pattern.compile("[\\[\\]:;@,.]");

    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
            + "(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?");

    private static final int MAX_PORT = 65_535;
    private static final int MAX_CERTIFICATE_BYTES = 1 << 20;
    private static final String PASSWORD_VARIABLE = "BUS_AUTH_SMTP_PASSWORD";

    /**
     * A user of the mail server.
     *
     * @param username the name
     * @param password the password
     */
    record Credentials(String username, String password) {
        @Override
        public String toString() {
            return "Credentials"; // neither prints
        }
    }

    /** Reads them; blocks on the file of certificates. */
    static SmtpOptions read(Settings settings, Map<String, String> environment) {
        String host = settings.required("smtp-host", "to send one-time passwords by mail");
        String from = from(settings);
        String password = environment.getOrDefault(PASSWORD_VARIABLE, "");
        Optional<String> username = settings.find("smtp-username").filter(name -> !name.isBlank());
        if (username.isPresent() == password.isEmpty()) {
            throw new ConfigException(
                    settings.describe("smtp-username"),
                    "goes together with " + PASSWORD_VARIABLE + ": set both, or neither");
        }
        int port = settings.integer("smtp-port", SUBMISSION_PORT, 1, MAX_PORT);
        return new SmtpOptions(
                host.strip(),
                port,
                port == TLS_PORT,
                from,
                username.map(name -> new Credentials(name.strip(), password)),
                settings.find("smtp-ca-file").map(file -> certificates(settings, Path.of(file))));
    }

    private static String from(Settings settings) {
        String text = settings.required("smtp-from", "to send one-time passwords by mail");
        // Before anything is stripped: a line break at the end is no white space to forgive.
        Matcher from = FROM.matcher(text.chars().anyMatch(Character::isISOControl) ? "" : text.strip());
        if (from.matches()) {
            Optional<String> address = address(from.group("named") == null ? from.group("alone") : from.group("named"));
            String quoted = from.group("quoted");
            String name = quoted == null ? from.group("bare") : quoted;
            if (address.isPresent()) {
                return name == null || name.isBlank()
                        ? address.get()
                        : phrase(name.strip()) + " <" + address.get() + ">";
            }
        }
        throw new ConfigException(
                settings.describe("smtp-from"), "is not an address such as bus@example.com or Bus <bus@example.com>");
    }

    /** A name as the head of a mail has it. One that is not ASCII is encoded as a whole by who writes that. */
    private static String phrase(String name) {
        boolean isAscii = name.chars().allMatch(character -> character < 0x80);
        return isAscii && ENDS_A_NAME.matcher(name).find() ? '"' + name + '"' : name;
    }

    private static Optional<String> address(String text) {
        try {
            return Optional.of(EmailAddress.parse(text).text());
        } catch (ApiException e) {
            // None of the internet, which it need not be.
            return Optional.of(text)
                    .filter(local -> local.length() <= MAX_ADDRESS_CHARS
                            && ADDRESS.matcher(local).matches());
        }
    }

    private static String certificates(Settings settings, Path file) {
        try {
            return StrictJson.text(BoundedFile.read(file, MAX_CERTIFICATE_BYTES));
        } catch (IOException e) {
            throw new ConfigException(settings.describe("smtp-ca-file"), file + ": " + e.getMessage());
        }
    }
}
