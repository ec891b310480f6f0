using McpOperator.Manifests;

namespace McpOperator.Cli;

/// <summary>Reads what <c>-f</c> names.</summary>
internal static class SourceFiles
{
    public static ManifestSource Read(string path) => path == "-"
        ? new("<stdin>", Console.In.ReadToEnd())
        : new(path, File.ReadAllText(path));
}
