using System.Text.Json;
using McpOperator.Admission.Images;

namespace McpOperator.Signatures.Formats;

/// <summary>Reads an image's configuration (OCI image specification, config).</summary>
internal static class ImageConfig
{
    /// <summary>More than any program is started with, and much less than an object may hold.</summary>
    private const int MostCharacters = 32 * 1024;

    /// <exception cref="FormatException">It is none.</exception>
    public static ImageCommand Parse(ReadOnlyMemory<byte> text)
    {
        var command = StrictJson.Read(text, root => root.Optional("config", JsonValueKind.Object) is { } config
            ? new ImageCommand(Words(config, "Entrypoint"), Words(config, "Cmd"))
            : new ImageCommand([], []));
        return command.Entrypoint.Concat(command.Cmd).Sum(word => word.Length + 1) <= MostCharacters
            ? command
            : throw new FormatException($"'Entrypoint' and 'Cmd' have more than {MostCharacters} characters");
    }

    private static IReadOnlyList<string> Words(JsonElement config, string name) =>
        [.. config.Items(name).Select(word => word.ValueKind == JsonValueKind.String && word.GetString() is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : throw new FormatException($"'{name}' is not a list of texts"))];
}
