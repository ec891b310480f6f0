using McpOperator.Api.Configuration;
using McpOperator.Cli;
using McpOperator.Manifests;
using McpOperator.Objects;

namespace McpOperator.Generators.Tests;

/// <summary>
/// One folder below <c>cases</c>: what a user writes, the operator's configuration if it is not the shipped one, a cluster without
/// Knative if a file <c>no-knative</c> stands there, and the children that must come out.
/// </summary>
internal sealed class Case(string folder)
{
    public static IEnumerable<Case> All { get; } =
        [.. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "test", "McpOperator.Generators.Tests", "cases")).Order(StringComparer.Ordinal).Select(f => new Case(f))];

    public string Name => Path.GetFileName(folder);

    public string Expected => Path.Combine(folder, "expected");

    public string Input => File.ReadAllText(Path.Combine(folder, "input.yaml"));

    public OperatorConfiguration Configuration => File.Exists(Path.Combine(folder, "config.yaml"))
        ? ConfigurationFile.LoadOrDefault(Path.Combine(folder, "config.yaml"))
        : throw new FileNotFoundException($"case {Name} has no config.yaml, and without allowed registries nothing is accepted");

    public Rendered Render() => Render(Input);

    public Rendered Render(string input) =>
        new Renderer(Configuration, "default", knativeServed: !File.Exists(Path.Combine(folder, "no-knative"))).Render([new("input.yaml", input)]);

    /// <summary>The children as render prints them, by the names of their files.</summary>
    public IReadOnlyDictionary<string, string> Files() =>
        Render().Children.ToDictionary(child => FileOf((KubernetesEntity)child), child => ManifestWriter.ToYaml([child]));

    public override string ToString() => Name;

    /// <summary>Two kinds are called Service; the group tells them apart.</summary>
    private static string FileOf(KubernetesEntity child) =>
        $"{(child is KnativeService ? "knativeservice" : child.Kind.ToLowerInvariant())}-{child.Metadata.Name}.yaml";
}

/// <summary>Where the repository lies, and the folder <c>shared</c> that stands beside it on some machines.</summary>
internal static class Repository
{
    public static string Root { get; } = Above(AppContext.BaseDirectory, folder => File.Exists(Path.Combine(folder, "McpOperator.sln")))
        ?? throw new InvalidOperationException("no McpOperator.sln above the tests");

    /// <summary>The real definitions of Knative and the Prometheus Operator, if this machine has them.</summary>
    public static string? SharedCrds { get; } =
        Above(Path.GetDirectoryName(Root)!, folder => Directory.Exists(Path.Combine(folder, "shared", "crds"))) is { } found ? Path.Combine(found, "shared", "crds") : null;

    private static string? Above(string? folder, Func<string, bool> isIt)
    {
        while (folder is not null && !isIt(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder;
    }
}
