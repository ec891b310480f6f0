using System.CommandLine;

namespace McpOperator.Cli;

/// <summary><c>mcp-operator crds</c></summary>
internal static class CrdsCommand
{
    private const string Prefix = "crds/";

    public static Command Create()
    {
        var command = new Command("crds", "Print the custom resource definitions, ready for `kubectl apply --server-side -f -`.");
        command.SetAction(parsed => parsed.InvocationConfiguration.Output.Write(string.Join("---\n", Definitions())));
        return command;
    }

    internal static IEnumerable<string> Definitions()
    {
        var assembly = typeof(CrdsCommand).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }
}
