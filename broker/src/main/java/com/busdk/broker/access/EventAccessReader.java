package com.busdk.broker.access;

import com.busdk.broker.access.AccessRule.Need;
import com.busdk.broker.access.AccessRule.ServiceOnly;
import com.busdk.client.identity.Audiences;
import com.busdk.client.identity.StrictJson;
import com.busdk.client.text.Echo;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an access table, and takes nothing for granted: a misspelt field would open or close a name without anybody
 * noticing, so that anything unknown, twice there, missing or without effect is an error. For one thread and one table.
 */
final class EventAccessReader {

    /** Most bytes of a table. */
    static final int MAX_BYTES = 1024 * 1024;

    /** Most rules of a table: they are gone through one by one for each new name. */
    static final int MAX_RULES = 1_000;

    private final Audiences audiences;
    private final List<AccessRule> rules = new ArrayList<>();

    /** Number of the rule that is being read, from 1; 0 outside of the rules. */
    private int entry;

    EventAccessReader(Audiences audiences) {
        this.audiences = audiences;
    }

    /** @throws IllegalArgumentException if anything is wrong, saying what and in which entry */
    List<AccessRule> read(byte[] json) {
        try (JsonParser in = StrictJson.parser(json)) {
            readTable(in);
        } catch (JsonProcessingException e) {
            JsonLocation where = e.getLocation();
            throw wrong((where == null ? "" : "line " + where.getLineNr() + ": ")
                    + "is not JSON with each field once in its object");
        } catch (IOException e) {
            throw wrong("is not UTF-8");
        }
        return rules;
    }

    private void readTable(JsonParser in) throws IOException {
        expect(in.nextToken() == JsonToken.START_OBJECT, "must be an object {\"rules\":[…]}");
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            expect(field.equals("rules"), "has an unknown field " + Echo.quote(field) + "; there is only \"rules\"");
            readRules(in);
        }
        expect(in.nextToken() == null, "has something after its JSON object");
        expect(!rules.isEmpty(), "has no rules, so that nobody could do anything");
    }

    private void readRules(JsonParser in) throws IOException {
        expect(in.nextToken() == JsonToken.START_ARRAY, "\"rules\" must be an array");
        while (in.nextToken() != JsonToken.END_ARRAY) {
            entry++;
            expect(entry <= MAX_RULES, "is one too many: a table has at most " + MAX_RULES + " rules");
            expect(in.currentToken() == JsonToken.START_OBJECT, "must be an object");
            add(readRule(in));
        }
        entry = 0;
    }

    /** The fields of one rule as they stand in the file. */
    private static final class Fields {
        @Nullable
        String name;

        @Nullable
        String scope;

        @Nullable
        String send;

        @Nullable
        String listen;

        @Nullable
        String audience;

        ServiceOnly serviceOnly = ServiceOnly.NEITHER;
    }

    private AccessRule readRule(JsonParser in) throws IOException {
        Fields fields = new Fields();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String field = in.currentName();
            in.nextToken();
            switch (field) {
                case "name" -> fields.name = text(in, field);
                case "scope" -> fields.scope = text(in, field);
                case "send" -> fields.send = text(in, field);
                case "listen" -> fields.listen = text(in, field);
                case "audience" -> fields.audience = text(in, field);
                case "serviceOnly" -> fields.serviceOnly = serviceOnly(in);
                case "comment" -> text(in, field);
                default ->
                    throw wrong("has an unknown field " + Echo.quote(field)
                            + "; there are name, scope, send, listen, audience, serviceOnly and comment");
            }
        }
        return rule(fields);
    }

    private AccessRule rule(Fields fields) {
        if (fields.name == null) {
            throw wrong("has no \"name\"");
        }
        EventPattern pattern;
        try {
            pattern = EventPattern.parse(fields.name);
        } catch (IllegalArgumentException e) {
            throw wrong("name " + Echo.quote(fields.name) + " " + e.getMessage());
        }
        String audience = audience(fields.audience);
        ServiceOnly serviceOnly = fields.serviceOnly;
        if (audiences.internal().equals(audience)) {
            expect(
                    serviceOnly != ServiceOnly.SENDING,
                    "lets users listen, who have no token of the internal audience: take out \"serviceOnly\"");
            // Who holds a token of the internal audience is a service: a refusal says so as well.
            serviceOnly = ServiceOnly.BOTH;
        }
        if (fields.scope != null && fields.send == null && fields.listen == null) {
            Need both = need("scope", fields.scope);
            return new AccessRule(pattern, both, both, audience, serviceOnly);
        }
        if (fields.scope != null || fields.send == null || fields.listen == null) {
            throw wrong("needs either \"scope\", or both \"send\" and \"listen\"");
        }
        return new AccessRule(pattern, need("send", fields.send), need("listen", fields.listen), audience, serviceOnly);
    }

    private void add(AccessRule rule) {
        for (int i = 0; i < rules.size(); i++) {
            expect(
                    !rules.get(i).pattern().covers(rule.pattern()),
                    "can never apply, since the first match wins and entry " + (i + 1)
                            + " covers all its names: put it before that one, or take it out");
        }
        rules.add(rule);
    }

    private Need need(String field, String text) {
        try {
            return Need.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong("\"" + field + "\" must be a scope, any-token or nobody, not " + Echo.quote(text));
        }
    }

    private @Nullable String audience(@Nullable String text) {
        if (text == null || audiences.contains(text)) {
            return text;
        }
        return switch (text) {
            case "internal" -> audiences.internal();
            case "api" -> audiences.api();
            default ->
                throw wrong("audience " + Echo.quote(text) + " is unknown: write internal, api, or one of "
                        + audiences.api() + " and " + audiences.internal());
        };
    }

    private String text(JsonParser in, String field) throws IOException {
        expect(in.currentToken() == JsonToken.VALUE_STRING, "\"" + field + "\" must be a text");
        return in.getText();
    }

    private ServiceOnly serviceOnly(JsonParser in) throws IOException {
        JsonToken token = in.currentToken();
        if (token.isBoolean()) {
            return in.getBooleanValue() ? ServiceOnly.BOTH : ServiceOnly.NEITHER;
        }
        boolean sending = token == JsonToken.VALUE_STRING && in.getText().equals("send");
        expect(sending, "\"serviceOnly\" must be true, false or \"send\"");
        return ServiceOnly.SENDING;
    }

    private void expect(boolean holds, String otherwise) {
        if (!holds) {
            throw wrong(otherwise);
        }
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException(entry == 0 ? what : "entry " + entry + ": " + what);
    }
}
