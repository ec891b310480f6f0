using McpOperator.Objects;

namespace McpOperator.Cli.Doctor.Checks;

/// <summary>Whether the operator's account has every right that its code declares.</summary>
internal sealed class Rights : ICheck
{
    private const string Account = "mcp-operator";

    public string Name => "rights";

    public async IAsyncEnumerable<Finding> RunAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var missing = new List<string>();
        foreach (var right in Diagnosis.Declared())
        {
            foreach (var verb in right.VerbNames)
            {
                if (!await MayAsync(patient, right, verb, ct))
                {
                    missing.Add($"{verb} {right.Resource}{(right.Group.Length > 0 ? "." + right.Group : "")}{(right.Name.Length > 0 ? "/" + right.Name : "")} ({right.By})");
                }
            }
        }

        yield return missing.Count == 0 ? Finding.Ok($"ServiceAccount {Account} has every right that its code declares.")
            : Finding.Problem($"ServiceAccount {Account} may not: {string.Join(", ", missing.Distinct())}.", "kubectl apply -f config/rbac/role.yaml of this version, or upgrade the chart; with watchNamespace this is about all namespaces, and expected.");
    }

    /// <summary>RBAC takes a resource with its subresource for what rules call it.</summary>
    private static async Task<bool> MayAsync(Patient patient, DeclaredRight right, string verb, CancellationToken ct) => (await patient.Client.CreateAsync(
        new V1SubjectAccessReview
        {
            Spec = new()
            {
                User = $"system:serviceaccount:{patient.Namespace}:{Account}",
                Groups = ["system:serviceaccounts", $"system:serviceaccounts:{patient.Namespace}", "system:authenticated"],
                ResourceAttributes = new()
                {
                    NamespaceProperty = right.Scope == RbacScope.Own ? patient.Namespace : null,
                    Verb = verb,
                    Group = right.Group,
                    Resource = right.Resource,
                    Name = right.Name.Length > 0 ? right.Name : null,
                },
            },
        },
        ct)).Status?.Allowed == true;
}
