using System.Security.Cryptography;
using McpOperator.Api;
using McpOperator.Objects;

namespace McpOperator.Generators;

/// <summary>One child of a server: a name that is its own, and what should stand there.</summary>
/// <param name="Type">The child's kind.</param>
/// <param name="Name">The child's name.</param>
/// <param name="Desired">What should stand there; nothing means: delete it if it is ours.</param>
public sealed record Child(ResourceType Type, string Name, KubernetesEntity? Desired)
{
    private const int HashLength = 16;

    /// <summary>A child that should stand there.</summary>
    public static Child Of(KubernetesEntity desired) => new(ResourceType.Of(desired.GetType()), desired.Metadata.Name, desired);

    /// <summary>A child that should not.</summary>
    public static Child None<T>(string name) where T : KubernetesEntity => new(ResourceType.Of<T>(), name, null);

    /// <summary>
    /// What is applied, with the annotation <see cref="Annotations.AppliedHash"/> that names its content. The hash tells at a glance
    /// whether we changed our mind; comparing the fields tells whether the world changed.
    /// </summary>
    /// <returns>Nothing when the child should not stand there.</returns>
    public SealedChild? Seal()
    {
        if (Desired is null)
        {
            return null;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(KubernetesJson.SerializeToUtf8Bytes(Desired)))[..HashLength];
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal) { [Annotations.AppliedHash] = hash };
        foreach (var (key, value) in Desired.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            annotations[key] = value;
        }

        return new SealedChild(Desired with { Metadata = Desired.Metadata with { Annotations = annotations } }, hash);
    }
}

/// <summary>A child as it is applied.</summary>
/// <param name="Manifest">The object with the annotation that names its content.</param>
/// <param name="Hash">That name.</param>
public sealed record SealedChild(KubernetesEntity Manifest, string Hash);
