using System.Text.RegularExpressions;

namespace McpOperator.Admission.Images;

/// <summary>
/// An image's name, taken apart as the container ecosystem does (grammar: github.com/distribution/reference). Names without a registry
/// belong to <c>docker.io</c>, and there names without a folder to <c>library</c>.
/// </summary>
public sealed partial record ImageReference
{
    private const string DefaultRegistry = "docker.io";
    private const int LongestName = 255;

    private ImageReference(string registry, string repository, string? tag, string? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>The registry's host, with its port if one is given.</summary>
    public string Registry { get; }

    /// <summary>The repository within the registry.</summary>
    public string Repository { get; }

    /// <summary>The tag, if one is given.</summary>
    public string? Tag { get; }

    /// <summary>The digest with its algorithm, if one is given.</summary>
    public string? Digest { get; }

    /// <summary>Registry and repository.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>Whether the digest is a SHA-256.</summary>
    public bool IsPinned => Digest?.StartsWith("sha256:", StringComparison.Ordinal) == true;

    /// <summary>Takes a name apart.</summary>
    /// <returns>Nothing when the text is no image name.</returns>
    public static ImageReference? TryParse(string text)
    {
        var rest = text;
        string? digest = null;
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            digest = rest[(at + 1)..];
            rest = rest[..at];
            if (!DigestPattern().IsMatch(digest))
            {
                return null;
            }
        }

        string? tag = null;
        var colon = rest.LastIndexOf(':');
        if (colon > rest.LastIndexOf('/') && colon > rest.LastIndexOf(']'))
        {
            tag = rest[(colon + 1)..];
            rest = rest[..colon];
            if (!TagPattern().IsMatch(tag))
            {
                return null;
            }
        }

        var (registry, repository) = Split(rest);
        return RegistryPattern().IsMatch(registry) && RepositoryPattern().IsMatch(repository) && registry.Length + 1 + repository.Length <= LongestName
            ? new ImageReference(registry, repository, tag, digest)
            : null;
    }

    /// <summary>
    /// Whether <paramref name="prefix"/> (a registry, or a registry with a part of a repository) covers this image. It covers whole
    /// path components only: <c>ghcr.io/acme</c> covers <c>ghcr.io/acme/x</c>, not <c>ghcr.io/acmeevil/x</c>.
    /// </summary>
    public bool IsBelow(string prefix)
    {
        var wanted = Normalize(prefix.TrimEnd('/'));
        return wanted.Length > 0 && (Name == wanted || Name.StartsWith(wanted + "/", StringComparison.Ordinal));
    }

    /// <summary>The name as it was meant, defaults filled in.</summary>
    public override string ToString() => Name + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    private static (string Registry, string Repository) Split(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : name[..slash];
        if (slash < 0 || !LooksLikeHost(first))
        {
            return (DefaultRegistry, slash < 0 ? "library/" + name : name);
        }

        var registry = first == "index.docker.io" ? DefaultRegistry : first;
        var repository = name[(slash + 1)..];
        return (registry, registry == DefaultRegistry && !repository.Contains('/', StringComparison.Ordinal) ? "library/" + repository : repository);
    }

    /// <summary>A prefix that names no host is a repository of docker.io; one that does is left as it is.</summary>
    private static string Normalize(string prefix)
    {
        var first = prefix.Split('/')[0];
        if (first == "index.docker.io")
        {
            return DefaultRegistry + prefix[first.Length..];
        }

        return first.Length == 0 || LooksLikeHost(first) ? prefix : $"{DefaultRegistry}/{prefix}";
    }

    private static bool LooksLikeHost(string component) =>
        component.Contains('.', StringComparison.Ordinal) || component.Contains(':', StringComparison.Ordinal)
        || component == "localhost" || component.Any(char.IsAsciiLetterUpper);

    [GeneratedRegex(@"\A(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\z")]
    private static partial Regex DigestPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex TagPattern();

    [GeneratedRegex(@"\A(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(?:\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?\z")]
    private static partial Regex RegistryPattern();

    [GeneratedRegex(@"\A[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*\z")]
    private static partial Regex RepositoryPattern();
}
