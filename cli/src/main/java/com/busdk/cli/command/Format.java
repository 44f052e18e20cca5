package com.busdk.cli.command;

/** The forms in which a command prints its result ({@code --format}). */
public enum Format {
    /** For people: aligned tables and sentences. */
    TEXT,
    /** For programs: what the service answered, unchanged where it is JSON. */
    JSON,
    /** For shell tools: a line of column names, then one line a row, fields parted by tabs. */
    TSV,
    /** Only a token and a line break; only where a token is issued. */
    TOKEN;

    /** The word of the command line, for example {@code json}. */
    public String word() {
        return switch (this) {
            case TEXT -> "text";
            case JSON -> "json";
            case TSV -> "tsv";
            case TOKEN -> "token";
        };
    }
}
