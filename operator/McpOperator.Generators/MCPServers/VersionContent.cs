using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;
using McpOperator.Policy;

namespace McpOperator.Generators.MCPServers;

/// <summary>
/// What a version of a server is made of: everything that decides what its process is and what it says to models. It is kept for every
/// approved version, because the old one has to go on serving, and to be put right after drift, while the manifest asks for a new one.
/// </summary>
/// <remarks>
/// Brakes are no part of it: suspending, access rules, limits, scaling and egress hold at once, whatever waits for review.
/// </remarks>
public sealed class VersionContent
{
    private readonly Document _document;
    private readonly string _process;

    private VersionContent(Document document)
    {
        _document = document;
        Text = TextOf(document);
        _process = TextOf(document with { Server = document.Server with { Tools = null, ToolConfigRef = null }, ToolConfig = null, Observed = null });
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
        Surface = document.Server.Tools is { } declared ? Surface.Of(declared, document.ToolConfig)
            : document.Observed is { } observed ? Surface.Of(observed, document.ToolConfig)
            : null;
    }

    /// <summary>The content as it is kept: canonical JSON.</summary>
    public string Text { get; }

    /// <summary>SHA-256 of the text, in hexadecimal.</summary>
    public string Hash { get; }

    /// <summary>What the version says to models; nothing while that is not known.</summary>
    public Surface? Surface { get; }

    /// <summary>The image.</summary>
    public string Image => _document.Server.Image;

    /// <summary>Whether the server says itself which tools it has.</summary>
    public bool DeclaresTools => _document.Server.Tools is not null;

    /// <summary>The tool configuration as it was.</summary>
    public MCPToolConfigSpec? ToolConfig => _document.ToolConfig;

    /// <summary>The tools that the running server was seen to have; nothing while nobody looked, or where they are declared.</summary>
    public IReadOnlyList<ObservedTool>? Observed => _document.Observed;

    /// <summary>Whether clients see a tool of this (the server's own) name when it is as approved: it passes the filter, and is declared where tools are.</summary>
    public bool MayShow(string tool) =>
        ToolConfig?.ToolsFilter?.Contains(tool) != false && _document.Server.Tools?.Any(declared => declared.Name == tool) != false;

    /// <summary>What the image starts, where the pod has to name it.</summary>
    public IReadOnlyList<string>? ImageEntrypoint => _document.ImageEntrypoint;

    /// <summary>What the image gives to its entrypoint, where the pod has to name it.</summary>
    public IReadOnlyList<string>? ImageCmd => _document.ImageCmd;

    /// <summary>The content of what a server asks for.</summary>
    /// <param name="spec">The server.</param>
    /// <param name="config">The tool configuration that it names.</param>
    /// <param name="entrypoint">What the image starts, where the pod has to name it.</param>
    /// <param name="cmd">What the image gives to its entrypoint, where the pod has to name it.</param>
    public static VersionContent Of(MCPServerSpec spec, MCPToolConfigSpec? config, IReadOnlyList<string>? entrypoint = null, IReadOnlyList<string>? cmd = null) => new(new()
    {
        Server = Graft(spec, new() { Image = spec.Image }),
        ToolConfig = config,
        ImageEntrypoint = entrypoint,
        ImageCmd = cmd,
    });

    /// <summary>Reads what was kept.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hash">The hash that it must have.</param>
    /// <returns>Nothing when it is another text, or none that can be read.</returns>
    public static VersionContent? Read(string? text, string? hash)
    {
        if (text is null || Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))) != hash)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Document>(text, KubernetesJson.Options) is { } document ? new(document) : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The content with the tools that the running server was seen to have.</summary>
    public VersionContent With(IReadOnlyList<ObservedTool>? observed) =>
        DeclaresTools || observed is null ? this : new(_document with { Observed = [.. observed.OrderBy(t => t.Name, StringComparer.Ordinal)] });

    /// <summary>Whether the same process runs: then it has the same tools, whatever is shown of them.</summary>
    public bool RunsLike(VersionContent other) => _process == other._process;

    /// <summary>Whether the server's own part is the same: its process and its declared tools.</summary>
    public bool HasServerOf(VersionContent other) => ServerPart() == other.ServerPart();

    /// <summary>Whether the tool configuration is the same.</summary>
    public bool HasToolConfigOf(VersionContent other) => ToolConfigPart() == other.ToolConfigPart();

    /// <summary>The server as it is while this version serves: the version's process and tools under the brakes of now.</summary>
    public MCPServer Serve(MCPServer now) => now with { Spec = Graft(_document.Server, now.Spec) };

    /// <summary>Puts everything that a version consists of onto a spec. What is not named here is a brake.</summary>
    private static MCPServerSpec Graft(MCPServerSpec version, MCPServerSpec onto) => onto with
    {
        Image = version.Image,
        ImagePullSecrets = version.ImagePullSecrets,
        Command = version.Command,
        Args = version.Args,
        Env = version.Env,
        EnvFrom = version.EnvFrom,
        Secrets = version.Secrets,
        Volumes = version.Volumes,
        VolumeMounts = version.VolumeMounts,
        Resources = version.Resources,
        ServiceAccountName = version.ServiceAccountName,
        Transport = version.Transport,
        TargetPort = version.TargetPort,
        Path = version.Path,
        Stdio = version.Stdio,
        Tools = version.Tools,
        ToolConfigRef = version.ToolConfigRef,
    };

    private string ServerPart() => TextOf(_document with { ToolConfig = null, Observed = null });

    private string ToolConfigPart() => TextOf(new() { Server = new() { Image = "" }, ToolConfig = ToolConfig });

    private static string TextOf(Document document) => Encoding.UTF8.GetString(CanonicalJson.Bytes(JsonSerializer.SerializeToNode(document, KubernetesJson.Options)));

    private sealed record Document
    {
        public required MCPServerSpec Server { get; init; }

        public MCPToolConfigSpec? ToolConfig { get; init; }

        public IReadOnlyList<ObservedTool>? Observed { get; init; }

        public IReadOnlyList<string>? ImageEntrypoint { get; init; }

        public IReadOnlyList<string>? ImageCmd { get; init; }
    }
}
