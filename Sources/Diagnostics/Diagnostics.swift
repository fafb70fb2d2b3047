// What is wrong with a text, where, why and what to do: values and the forms they are shown in.
