namespace McpOperator.Api;

/// <summary>The API group and its versions.</summary>
public static class ApiGroup
{
    /// <summary>The group of all four kinds.</summary>
    public const string Name = "mcpoperator.io";

    /// <summary>The version.</summary>
    public const string V1Alpha1 = "v1alpha1";
}
