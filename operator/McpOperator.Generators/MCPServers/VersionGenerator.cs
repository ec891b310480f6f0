using System.Text.Json.Nodes;
using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Generators.MCPServers;

/// <summary>
/// Keeps what approved versions are made of, one ControllerRevision each. Nobody can change its data, tenants may not write one, and it is
/// believed only if its hash is the one in the server's status, which tenants may not write either.
/// </summary>
public static class VersionGenerator
{
    private const string Key = "content";

    /// <summary>Makes the children that keep the versions.</summary>
    internal static IEnumerable<Child> Make(ServerInput input) => input.Versions.Select(version => Child.Of(new V1ControllerRevision
    {
        Metadata = ChildMeta.For(input, ChildNames.Version(input.Name(), version.Content.Hash), Labels.VersionRole),
        Data = new JsonObject { [Key] = version.Content.Text },
        Revision = version.Number,
    }));

    /// <summary>Reads what was kept.</summary>
    /// <param name="kept">The object.</param>
    /// <param name="hash">The hash that the content must have.</param>
    /// <returns>Nothing when it is another content, or none.</returns>
    public static VersionContent? Read(V1ControllerRevision? kept, string? hash) =>
        VersionContent.Read(kept?.Data?[Key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null, hash);
}

/// <summary>An approved version that is kept.</summary>
/// <param name="Number">The version's number.</param>
/// <param name="Content">What it is made of.</param>
public sealed record KeptVersion(long Number, VersionContent Content);
